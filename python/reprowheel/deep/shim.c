/* Preloaded into every process of a deep build: what the C library tells of this machine is fixed.
 *
 * docs/deep-mode.md says what and why. One translation unit, so that everything but the hooks is static; compiled by
 * `deep.preload.py` at the beginning of each deep build and linked into nothing. Next to the library lie `state`, a
 * `struct world`, and `fixed/`, files that are read in place of the machine's own. Without `state` every hook hands
 * through.
 *
 * Rules for hooks: what they replace is called through REAL; errno stays as the real function leaves it; what may run
 * between vfork and exec writes to its own stack only; no getenv or setenv, which shells define for themselves; nothing
 * that the C library of the build lacks, for programs ask whether it is there.
 */
#undef _FILE_OFFSET_BITS /* each would rename the functions that are defined here */
#undef _TIME_BITS
#undef _FORTIFY_SOURCE
#undef _GNU_SOURCE
#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#if __SIZEOF_LONG__ < 8
#error "deep mode needs a 64-bit machine"
#endif

#ifdef __GLIBC__
#define GLIBC_SINCE(major, minor) __GLIBC_PREREQ(major, minor)
#else
#define GLIBC_SINCE(major, minor) 0
#endif

extern char **environ;

#define NANO UINT64_C(1000000000)
#define USER "reprowheel"
#define HOST "localhost"
#define CPUS 2
#define MEMORY (UINT64_C(8) << 30)

/* ---- the real functions ---- */

static void *real_symbol(_Atomic(void *) *slot, const char *name, int needed)
{
    void *found = atomic_load_explicit(slot, memory_order_acquire);
    if (!found) {
        int before = errno;
        found = dlsym(RTLD_NEXT, name);
        if (!found && needed) {
            static const char text[] = "reprowheel deep mode: the C library lacks ";
            if (write(2, text, sizeof text - 1) < 0 || write(2, name, strlen(name)) < 0 || write(2, "\n", 1) < 0)
                abort();
            abort();
        }
        atomic_store_explicit(slot, found, memory_order_release);
        errno = before;
    }
    return found;
}

#define LOOK_UP(name, needed) \
    (__extension__({ \
        static _Atomic(void *) slot; \
        (__typeof__(&name))real_symbol(&slot, #name, needed); \
    }))
#define REAL(name) LOOK_UP(name, 1)
#define REAL_IF_ANY(name) LOOK_UP(name, 0)

/* ---- what all processes of the build share ---- */

#define SEEN 4096

struct world {
    char magic[8];
    uint64_t epoch; /* seconds since 1970: the build's wall clock */
    uint64_t start; /* nanoseconds since 1970: what the file system stamps later than this, the build made */
    char root[4072]; /* the workspace */
    struct {
        _Atomic uint64_t key;
        _Atomic uint64_t count;
    } seen[SEEN]; /* how often each command has asked for random numbers */
};
_Static_assert(sizeof(struct world) == 4096 + 16 * SEEN, "_deep.py writes this form");

static char directory[3072]; /* where this library lies */
static char preload[sizeof directory + 64]; /* LD_PRELOAD=this library */
static char chain_text[] = "REPROWHEEL_DEEP=0000000000000000";
static int in_python;

static struct world nowhere;
static _Atomic(struct world *) mapped;

static struct world *find_world(void)
{
    struct world *found = &nowhere, *expected = NULL;
    int before = errno, file;
    Dl_info info;
    char path[sizeof directory + 8];
    if (dladdr((void *)&nowhere, &info) && info.dli_fname && strlen(info.dli_fname) < sizeof directory) {
        const char *slash = strrchr(info.dli_fname, '/');
        size_t length = slash ? (size_t)(slash - info.dli_fname) : 0;
        memcpy(directory, info.dli_fname, length);
        directory[length] = 0;
        strcat(strcpy(preload, "LD_PRELOAD="), info.dli_fname);
        strcat(strcpy(path, directory), "/state");
        file = REAL(open)(path, O_RDWR | O_CLOEXEC);
        if (file >= 0) {
            void *map = mmap(NULL, sizeof(struct world), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            if (map != MAP_FAILED && !memcmp(map, "RWDEEP1", 8))
                found = map;
            close(file);
        }
    }
    const char *name = program_invocation_short_name;
    in_python = name && (!strncmp(name, "python", 6) || !strncmp(name, "pypy", 4));
    if (!atomic_compare_exchange_strong(&mapped, &expected, found))
        found = expected;
    errno = before;
    return found;
}

/* Returns the build's world, or NULL where there is none. */
static struct world *world(void)
{
    struct world *found = atomic_load_explicit(&mapped, memory_order_acquire);
    if (!found)
        found = find_world();
    return found == &nowhere ? NULL : found;
}

/* Returns the value of a variable, or NULL. */
static const char *variable(const char *name)
{
    size_t length = strlen(name);
    for (char **at = environ; at && *at; at++)
        if (!strncmp(*at, name, length) && (*at)[length] == '=')
            return *at + length + 1;
    return NULL;
}

/* ---- a lock that needs no library; fork unlocks it in the child ---- */

static atomic_flag taken = ATOMIC_FLAG_INIT;

static void lock(void)
{
    while (atomic_flag_test_and_set_explicit(&taken, memory_order_acquire)) {
    }
}

static void unlock(void) { atomic_flag_clear_explicit(&taken, memory_order_release); }

#include "random.h"

#include "clock.h"
#include "directories.h"
#include "file_times.h"
#include "machine.h"
#include "opens.h"
#include "processes.h"
#include "users.h"
