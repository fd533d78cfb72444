/*
 * task/diag/symbol.c - see symbol.h.
 *
 * A file's contents are not trusted: it may have been replaced since it was loaded.
 *
 * SPDX-License-Identifier: MIT
 */
#include "task/diag/symbol.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ELF_TYPE(info) ((info)&0xf)

void weft__symbols_init(struct weft__symbols *symbols)
{
    memset(symbols, 0, sizeof(*symbols));
}

void weft__symbols_done(struct weft__symbols *symbols)
{
    for (unsigned i = 0; i < symbols->file_count; i++) {
        if (symbols->files[i].data != NULL)
            munmap((void *)symbols->files[i].data, symbols->files[i].length);
    }
    symbols->file_count = 0;
}

/* --- Files -------------------------------------------------------------------------------- */

/* The name of the program itself may be relative to a directory that it has left. */
static const char *path_of(const Dl_info *info)
{
    const ElfW(Ehdr) *head = info->dli_fbase;

    if ((uintptr_t)head + head->e_phoff == getauxval(AT_PHDR))
        return "/proc/self/exe";
    return info->dli_fname;
}

static void map_file(struct weft__symbol_file *file, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    void *data;

    if (fd < 0)
        return;
    if (fstat(fd, &status) == 0 && status.st_size > (off_t)sizeof(ElfW(Ehdr))) {
        data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data != MAP_FAILED) {
            file->data = data;
            file->length = (size_t)status.st_size;
        }
    }
    close(fd);
}

static const struct weft__symbol_file *find_file(struct weft__symbols *symbols,
                                                 const Dl_info *info)
{
    uintptr_t base = (uintptr_t)info->dli_fbase;
    struct weft__symbol_file *file;
    const char *slash;

    for (unsigned i = 0; i < symbols->file_count; i++) {
        if (symbols->files[i].base == base)
            return &symbols->files[i];
    }
    if (symbols->file_count == WEFT__SYMBOL_FILES)
        return NULL;
    file = &symbols->files[symbols->file_count++];
    slash = strrchr(info->dli_fname, '/');
    *file = (struct weft__symbol_file){ .base = base,
                                        .name = slash != NULL ? slash + 1 : info->dli_fname };
    map_file(file, path_of(info));
    return file;
}

/* --- Symbol tables ------------------------------------------------------------------------ */

/* `count` things of `size` bytes at `offset`; NULL where the file is shorter. */
static const void *part(const struct weft__symbol_file *file, uint64_t offset, uint64_t count,
                        uint64_t size)
{
    uint64_t bytes;

    if (file->data == NULL || __builtin_mul_overflow(count, size, &bytes) ||
        bytes > file->length || offset > file->length - bytes || offset % sizeof(void *) != 0)
        return NULL;
    return file->data + offset;
}

/* The function of `table` that `pc` lies in. */
static bool search(const struct weft__symbol_file *file, const ElfW(Ehdr) * head,
                   const ElfW(Shdr) * table, const ElfW(Shdr) * names,
                   struct weft__symbol *symbol)
{
    uint64_t count = table->sh_size / sizeof(ElfW(Sym));
    const ElfW(Sym) *entries = part(file, table->sh_offset, count, sizeof(*entries));
    uintptr_t at = symbol->pc - (head->e_type == ET_DYN ? file->base : 0);

    if (entries == NULL || names->sh_size > file->length ||
        names->sh_offset > file->length - names->sh_size || names->sh_size == 0 ||
        file->data[names->sh_offset + names->sh_size - 1] != '\0')
        return false;
    for (uint64_t i = 0; i < count; i++) {
        const ElfW(Sym) *entry = &entries[i];

        if (ELF_TYPE(entry->st_info) != STT_FUNC || entry->st_shndx == SHN_UNDEF ||
            at - entry->st_value >= entry->st_size || entry->st_name >= names->sh_size)
            continue;
        symbol->name = file->data + names->sh_offset + entry->st_name;
        symbol->start = symbol->pc - (at - entry->st_value);
        return true;
    }
    return false;
}

static void look_into(const struct weft__symbol_file *file, struct weft__symbol *symbol)
{
    const ElfW(Ehdr) *head = part(file, 0, 1, sizeof(*head));
    const ElfW(Shdr) * sections;

    if (head == NULL || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        head->e_shentsize != sizeof(*sections))
        return;
    sections = part(file, head->e_shoff, head->e_shnum, sizeof(*sections));
    if (sections == NULL)
        return;
    for (unsigned i = 0; i < head->e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB && sections[i].sh_link < head->e_shnum &&
            search(file, head, &sections[i], &sections[sections[i].sh_link], symbol))
            return;
    }
}

/* --- Looking up --------------------------------------------------------------------------- */

static void look_up(struct weft__symbols *symbols, struct weft__symbol *symbol, uintptr_t pc)
{
    Dl_info info;

    *symbol = (struct weft__symbol){ .pc = pc };
    if (dladdr((void *)pc, &info) == 0 || info.dli_fname == NULL)
        return;
    symbol->file = find_file(symbols, &info);
    if (symbol->file != NULL)
        look_into(symbol->file, symbol);
    /* What is exported has no size here, so it may be a neighbour's name. */
    if (symbol->name == NULL && info.dli_sname != NULL) {
        symbol->name = info.dli_sname;
        symbol->start = (uintptr_t)info.dli_saddr;
    }
}

static const struct weft__symbol *find(struct weft__symbols *symbols, uintptr_t pc)
{
    struct weft__symbol *symbol = &symbols->kept[pc / 2 % WEFT__SYMBOL_KEPT];

    if (symbol->pc != pc)
        look_up(symbols, symbol, pc);
    return symbol;
}

const char *weft__symbols_name(struct weft__symbols *symbols, const void *pc)
{
    return find(symbols, (uintptr_t)pc - 1)->name;
}

void weft__symbols_say(struct weft__symbols *symbols, struct weft__say *say, const void *pc,
                       int exact)
{
    /* A call that does not return may be the last instruction of its function. */
    uintptr_t in = (uintptr_t)pc - (exact ? 0 : 1);
    const struct weft__symbol *symbol = find(symbols, in);

    if (symbol->name != NULL) {
        weft__say(say, symbol->name);
        weft__say(say, "+");
        weft__say_hex(say, (uintptr_t)pc - symbol->start);
    }
    if (symbol->file != NULL) {
        weft__say(say, symbol->name != NULL ? " (" : "(");
        weft__say(say, symbol->file->name);
        weft__say(say, "+");
        weft__say_hex(say, in - symbol->file->base);
        weft__say(say, ")");
    }
    if (symbol->name == NULL && symbol->file == NULL)
        weft__say_hex(say, (uintptr_t)pc);
}
