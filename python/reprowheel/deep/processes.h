/* New programs get this library even when the caller hands them a clean environment; forks get numbers of their own. */
#include <spawn.h>
#include <sys/syscall.h>

#define PRELOAD_LENGTH 11 /* of LD_PRELOAD= */

/* Number of slots, and of bytes for LD_PRELOAD, that `with_library` needs. */
static size_t slots(char *const given[])
{
    size_t count = 0;
    while (given && given[count])
        count++;
    return count + 3;
}

static size_t preload_size(char *const given[])
{
    size_t size = strlen(preload) + 2;
    for (char *const *at = given; at && *at; at++)
        if (!strncmp(*at, preload, PRELOAD_LENGTH))
            size += strlen(*at);
    return size;
}

/* Returns an environment with this library in front and a chain; itself where it has them. No malloc: see vfork. */
static char *const *with_library(char *const given[], char **copy, char *text)
{
    static const size_t chain_length = 16; /* of REPROWHEEL_DEEP= */
    const char *library = preload + PRELOAD_LENGTH;
    int has_chain = 0, has_library = 0;
    size_t count = 0;
    if (!world())
        return given;
    strcpy(text, preload);
    for (char *const *at = given; at && *at; at++) {
        if (!strncmp(*at, preload, PRELOAD_LENGTH)) {
            if (strstr(*at, library)) {
                has_library = 1;
                strcpy(text, *at);
            } else if ((*at)[PRELOAD_LENGTH]) {
                strcat(strcat(text, ":"), *at + PRELOAD_LENGTH);
            }
            continue;
        }
        has_chain |= !strncmp(*at, chain_text, chain_length);
        copy[count++] = *at;
    }
    if (has_chain && has_library)
        return given;
    copy[count++] = text;
    if (!has_chain)
        copy[count++] = chain_text;
    copy[count] = NULL;
    return copy;
}

#define LIBRARY_IN(given) \
    with_library(given, __builtin_alloca(slots(given) * sizeof(char *)), __builtin_alloca(preload_size(given)))

int execve(const char *path, char *const argv[], char *const envp[])
{
    return REAL(execve)(path, argv, LIBRARY_IN(envp));
}

int execv(const char *path, char *const argv[]) { return REAL(execve)(path, argv, LIBRARY_IN(environ)); }

int execvpe(const char *file, char *const argv[], char *const envp[])
{
    return REAL(execvpe)(file, argv, LIBRARY_IN(envp));
}

int execvp(const char *file, char *const argv[]) { return REAL(execvpe)(file, argv, LIBRARY_IN(environ)); }

int fexecve(int file, char *const argv[], char *const envp[]) { return REAL(fexecve)(file, argv, LIBRARY_IN(envp)); }

#if GLIBC_SINCE(2, 34)
int execveat(int where, const char *path, char *const argv[], char *const envp[], int flags)
{
    return REAL(execveat)(where, path, argv, LIBRARY_IN(envp), flags);
}
#endif

/* Collects the arguments behind `first` up to a null pointer in `argv`; `more` then stands behind it. */
#define COLLECT \
    va_list count_them, more; \
    size_t count = 1; \
    va_start(count_them, first); \
    while (va_arg(count_them, char *)) \
        count++; \
    va_end(count_them); \
    char **argv = __builtin_alloca((count + 1) * sizeof(char *)); \
    argv[0] = (char *)first; \
    va_start(more, first); \
    for (size_t i = 1; i <= count; i++) \
        argv[i] = va_arg(more, char *)

int execl(const char *path, const char *first, ...)
{
    COLLECT;
    va_end(more);
    return REAL(execve)(path, argv, LIBRARY_IN(environ));
}

int execlp(const char *file, const char *first, ...)
{
    COLLECT;
    va_end(more);
    return REAL(execvpe)(file, argv, LIBRARY_IN(environ));
}

int execle(const char *path, const char *first, ...)
{
    COLLECT;
    char *const *envp = va_arg(more, char *const *);
    va_end(more);
    return REAL(execve)(path, argv, LIBRARY_IN(envp));
}

#define SPAWN(name, type, target) \
    int name(type *process, target file, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, \
             char *const argv[], char *const envp[]) \
    { \
        return REAL(name)(process, file, actions, attributes, argv, LIBRARY_IN(envp)); \
    }
SPAWN(posix_spawn, pid_t, const char *)
SPAWN(posix_spawnp, pid_t, const char *)

#if GLIBC_SINCE(2, 39)
SPAWN(pidfd_spawn, int, const char *)
SPAWN(pidfd_spawnp, int, const char *)
#endif

/* These start a shell inside the C library, in the environment as it is at that moment. */
#define IN_ENVIRONMENT(type, call) \
    char **before = environ, **with = (char **)LIBRARY_IN(before); \
    if (with == before) \
        return call; \
    environ = with; \
    type result = call; \
    environ = before; \
    return result

int system(const char *command) { IN_ENVIRONMENT(int, REAL(system)(command)); }

FILE *popen(const char *command, const char *mode) { IN_ENVIRONMENT(FILE *, REAL(popen)(command, mode)); }

pid_t fork(void)
{
    uint64_t number = atomic_fetch_add(&forks, 1) + 1;
    pid_t process = REAL(fork)();
    if (process == 0) {
        unlock(); /* whoever held it does not exist here */
        fork_path = mix(fork_path + number);
        atomic_store(&seed, 0);
        atomic_store(&drawn, 0);
        atomic_store(&forks, 0);
    }
    return process;
}

/* The system calls that programs make by number although the C library has a function. */
long syscall(long number, ...)
{
    long given[6];
    va_list more;
    va_start(more, number);
    for (int i = 0; i < 6; i++)
        given[i] = va_arg(more, long);
    va_end(more);
    if (world()) {
        switch (number) {
        case SYS_getrandom:
            fill((void *)given[0], (size_t)given[1]);
            return given[1];
        case SYS_clock_gettime:
            if (!is_wall((clockid_t)given[0]))
                break;
            *(struct timespec *)given[1] = now(world());
            return 0;
#ifdef STATX_BASIC_STATS
        case SYS_statx:
            return statx((int)given[0], (const char *)given[1], (int)given[2], (unsigned)given[3], (void *)given[4]);
#endif
        }
    }
    return REAL(syscall)(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}
