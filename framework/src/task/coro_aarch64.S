/*
 * task/coro_aarch64.S - the stack switch for AArch64 (AAPCS64).
 *
 * Saved are the registers that a called function must keep: x19 to x30 and the low halves of
 * v8 to v15.  x18 belongs to the platform, FPCR is left alone (see coro.h).
 *
 * SPDX-License-Identifier: MIT
 */
    .text

/* void weft__coro_jump_native(void **save_sp, void *to_sp) */
    .globl  weft__coro_jump_native
    .hidden weft__coro_jump_native
    .type   weft__coro_jump_native, %function
    .p2align 4
weft__coro_jump_native:
    .cfi_startproc
    stp     x29, x30, [sp, #-16]!
    stp     x27, x28, [sp, #-16]!
    stp     x25, x26, [sp, #-16]!
    stp     x23, x24, [sp, #-16]!
    stp     x21, x22, [sp, #-16]!
    stp     x19, x20, [sp, #-16]!
    stp     d14, d15, [sp, #-16]!
    stp     d12, d13, [sp, #-16]!
    stp     d10, d11, [sp, #-16]!
    stp     d8, d9, [sp, #-16]!
    mov     x9, sp
    str     x9, [x0]
    mov     sp, x1
    ldp     d8, d9, [sp], #16
    ldp     d10, d11, [sp], #16
    ldp     d12, d13, [sp], #16
    ldp     d14, d15, [sp], #16
    ldp     x19, x20, [sp], #16
    ldp     x21, x22, [sp], #16
    ldp     x23, x24, [sp], #16
    ldp     x25, x26, [sp], #16
    ldp     x27, x28, [sp], #16
    ldp     x29, x30, [sp], #16
    br      x30
    .cfi_endproc
    .size   weft__coro_jump_native, . - weft__coro_jump_native

/*
 * void weft__coro_call_from(const void *sp, void (*fn)(void *arg), void *arg)
 *
 * During the call x19 is `sp`, from where the table says that the caller's registers are: what
 * weft__coro_jump_native() has stored.
 */
    .globl  weft__coro_call_from
    .hidden weft__coro_call_from
    .type   weft__coro_call_from, %function
    .p2align 4
weft__coro_call_from:
    .cfi_startproc
    stp     x29, x30, [sp, #-32]!
    .cfi_adjust_cfa_offset 32
    .cfi_rel_offset x29, 0
    .cfi_rel_offset x30, 8
    str     x19, [sp, #16]
    .cfi_rel_offset x19, 16
    mov     x19, x0
    mov     x0, x2
    .cfi_remember_state
    .cfi_def_cfa x19, 160
    .cfi_offset x30, -8
    .cfi_offset x29, -16
    .cfi_offset x28, -24
    .cfi_offset x27, -32
    .cfi_offset x26, -40
    .cfi_offset x25, -48
    .cfi_offset x24, -56
    .cfi_offset x23, -64
    .cfi_offset x22, -72
    .cfi_offset x21, -80
    .cfi_offset x20, -88
    .cfi_offset x19, -96
    blr     x1
    .cfi_restore_state
    ldr     x19, [sp, #16]
    ldp     x29, x30, [sp], #32
    .cfi_adjust_cfa_offset -32
    .cfi_restore x19
    .cfi_restore x29
    .cfi_restore x30
    ret
    .cfi_endproc
    .size   weft__coro_call_from, . - weft__coro_call_from

/* Calls x19(x20), which does not return; the unwinder finds the end of the stack here. */
    .globl  weft__coro_trampoline
    .hidden weft__coro_trampoline
    .type   weft__coro_trampoline, %function
    .p2align 4
weft__coro_trampoline:
    .cfi_startproc
    .cfi_undefined x30
    mov     x0, x20
    blr     x19
    brk     #1
    .cfi_endproc
    .size   weft__coro_trampoline, . - weft__coro_trampoline

    .section .note.GNU-stack, "", %progbits
