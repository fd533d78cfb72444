/*
 * task/coro_x86_64.S - the stack switch for x86-64 (System V ABI).
 *
 * Saved are the registers that a called function must keep: rbx, rbp and r12 to r15.  MXCSR
 * and the x87 control word are left alone (see coro.h).
 *
 * SPDX-License-Identifier: MIT
 */
    .text

/* void weft__coro_jump_native(void **save_sp, void *to_sp) */
    .globl  weft__coro_jump_native
    .hidden weft__coro_jump_native
    .type   weft__coro_jump_native, @function
    .p2align 4
weft__coro_jump_native:
    .cfi_startproc
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq   %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq   %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    pushq   %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq   %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq   %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    movq    %rsp, (%rdi)
    movq    %rsi, %rsp
    /* The other stack was left by the same pushes, so what is said above holds for it. */
    popq    %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r15
    popq    %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r14
    popq    %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r13
    popq    %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r12
    popq    %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    popq    %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    popq    %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rcx
    jmpq    *%rcx
    .cfi_endproc
    .size   weft__coro_jump_native, . - weft__coro_jump_native

/*
 * void weft__coro_call_from(const void *sp, void (*fn)(void *arg), void *arg)
 *
 * During the call rbx is `sp`, from where the table says that the caller's registers are: what
 * weft__coro_jump_native() has pushed.
 */
    .globl  weft__coro_call_from
    .hidden weft__coro_call_from
    .type   weft__coro_call_from, @function
    .p2align 4
weft__coro_call_from:
    .cfi_startproc
    pushq   %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    movq    %rdi, %rbx
    movq    %rdx, %rdi
    .cfi_remember_state
    .cfi_def_cfa %rbx, 56
    .cfi_offset %rbp, -16
    .cfi_offset %rbx, -24
    .cfi_offset %r12, -32
    .cfi_offset %r13, -40
    .cfi_offset %r14, -48
    .cfi_offset %r15, -56
    callq   *%rsi
    .cfi_restore_state
    popq    %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    retq
    .cfi_endproc
    .size   weft__coro_call_from, . - weft__coro_call_from

/* Calls r13(r12), which does not return; the unwinder finds the end of the stack here. */
    .globl  weft__coro_trampoline
    .hidden weft__coro_trampoline
    .type   weft__coro_trampoline, @function
    .p2align 4
weft__coro_trampoline:
    .cfi_startproc
    .cfi_undefined %rip
    movq    %r12, %rdi
    callq   *%r13
    ud2
    .cfi_endproc
    .size   weft__coro_trampoline, . - weft__coro_trampoline

    .section .note.GNU-stack, "", @progbits
