/* Shows the processes of one build another world: clock, directory order, kernel, host name, number of CPUs.
 *
 * Preloaded by `verify` into its second build only; what a build records of these then differs from the first build.
 * Each part is compiled in by its own macro, so that each can be tried alone:
 *   CLOCK_SHIFT=SECONDS  DIRECTORY_ORDER  KERNEL="RELEASE"  HOST_NAME="NAME"  CPUS=N
 *
 * The library takes itself out of LD_PRELOAD when a program starts and puts itself back when the program starts
 * another, so that a build that records its environment records the same in both builds. It cannot reach static
 * binaries, direct system calls, and what the C library does by itself (nftw, the shell started by wordexp).
 *
 * Link with -Bsymbolic: a library that is preloaded in front of this one may replace the same functions by way of these.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define PRELOAD "LD_PRELOAD="

static char self[4096];   /* path of this library */
static char entry[4200];  /* LD_PRELOAD=self */

/* ---- staying preloaded without being seen ---- */

__attribute__((constructor)) static void start(void)
{
    Dl_info info;
    if (!dladdr((void *)start, &info) || !info.dli_fname || strlen(info.dli_fname) >= sizeof self)
        return;
    strcpy(self, info.dli_fname);
    strcat(strcpy(entry, PRELOAD), self);
    char *value = getenv("LD_PRELOAD");
    char *mine = value ? strstr(value, self) : NULL;
    if (!mine)
        return;
    if (mine == value) {
        unsetenv("LD_PRELOAD");
    } else {  /* ours is the last of several */
        char others[8192];
        size_t length = (size_t)(mine - value) - 1;
        if (length < sizeof others) {
            memcpy(others, value, length);
            others[length] = 0;
            setenv("LD_PRELOAD", others, 1);
        }
    }
}

/* Number of slots and bytes that `preloaded` needs for an environment. */
static size_t slots(char *const envp[])
{
    size_t n = 0;
    while (envp && envp[n])
        n++;
    return n + 2;
}

static size_t room(char *const envp[])
{
    size_t size = sizeof entry + 2;
    for (size_t i = 0; envp && envp[i]; i++)
        if (!strncmp(envp[i], PRELOAD, sizeof PRELOAD - 1))
            size += strlen(envp[i]);
    return size;
}

/* Copies an environment with this library at the end of LD_PRELOAD; runs between vfork and exec, so no malloc. */
static char **preloaded(char *const envp[], char **copy, char *text)
{
    size_t n = 0;
    strcpy(text, entry);
    for (size_t i = 0; envp && envp[i]; i++) {
        if (strncmp(envp[i], PRELOAD, sizeof PRELOAD - 1))
            copy[n++] = envp[i];
        else if (strstr(envp[i], self))
            strcpy(text, envp[i]);
        else if (envp[i][sizeof PRELOAD - 1])
            strcat(strcat(strcpy(text, envp[i]), ":"), self);
    }
    if (*self)
        copy[n++] = text;
    copy[n] = NULL;
    return copy;
}

#define WITH_PRELOAD(envp) preloaded(envp, __builtin_alloca(slots(envp) * sizeof(char *)), __builtin_alloca(room(envp)))

int execve(const char *path, char *const argv[], char *const envp[])
{
    return NEXT(execve)(path, argv, WITH_PRELOAD(envp));
}

int execv(const char *path, char *const argv[]) { return execve(path, argv, environ); }

int execvpe(const char *file, char *const argv[], char *const envp[])
{
    return NEXT(execvpe)(file, argv, WITH_PRELOAD(envp));
}

int execvp(const char *file, char *const argv[]) { return execvpe(file, argv, environ); }

int fexecve(int fd, char *const argv[], char *const envp[])
{
    return NEXT(fexecve)(fd, argv, WITH_PRELOAD(envp));
}

#define COLLECT(first)                                                  \
    va_list list, again;                                                \
    size_t count = 1;                                                   \
    va_start(list, first);                                              \
    va_copy(again, list);                                               \
    while (va_arg(list, char *))                                        \
        count++;                                                        \
    char **argv = __builtin_alloca((count + 1) * sizeof(char *));       \
    argv[0] = (char *)first;                                            \
    for (size_t i = 1; i <= count; i++)                                 \
        argv[i] = va_arg(again, char *);                                \
    va_end(again)

int execl(const char *path, const char *arg, ...)
{
    COLLECT(arg);
    va_end(list);
    return execve(path, argv, environ);
}

int execlp(const char *file, const char *arg, ...)
{
    COLLECT(arg);
    va_end(list);
    return execvpe(file, argv, environ);
}

int execle(const char *path, const char *arg, ...)
{
    COLLECT(arg);
    char **envp = va_arg(list, char **);
    va_end(list);
    return execve(path, argv, envp);
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
                char *const argv[], char *const envp[])
{
    return NEXT(posix_spawn)(pid, path, actions, attr, argv, WITH_PRELOAD(envp));
}

int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
                 char *const argv[], char *const envp[])
{
    return NEXT(posix_spawnp)(pid, file, actions, attr, argv, WITH_PRELOAD(envp));
}

/* These start a shell inside the C library, with the environment as it is at that moment. */
#define IN_PRELOADED_ENVIRONMENT(type, call)                            \
    char **before = environ;                                            \
    environ = WITH_PRELOAD(before);                                     \
    type result = call;                                                 \
    environ = before;                                                   \
    return result

int system(const char *command) { IN_PRELOADED_ENVIRONMENT(int, NEXT(system)(command)); }

FILE *popen(const char *command, const char *mode) { IN_PRELOADED_ENVIRONMENT(FILE *, NEXT(popen)(command, mode)); }

/* ---- clock ---- */
#ifdef CLOCK_SHIFT

int clock_gettime(clockid_t id, struct timespec *now)
{
    int result = NEXT(clock_gettime)(id, now);
    if (!result && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI))
        now->tv_sec += CLOCK_SHIFT;
    return result;
}

int timespec_get(struct timespec *now, int base)
{
    int result = NEXT(timespec_get)(now, base);
    if (result == TIME_UTC)
        now->tv_sec += CLOCK_SHIFT;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    int result = NEXT(gettimeofday)(now, zone);
    if (!result)
        now->tv_sec += CLOCK_SHIFT;
    return result;
}

time_t time(time_t *now)
{
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    if (now)
        *now = real.tv_sec;
    return real.tv_sec;
}

/* The kernel waits by the real clock: a deadline made from the shifted one would be years away. Deadlines by the
 * monotonic clock are small numbers and stay. */
static struct timespec deadline(const struct timespec *given)
{
    struct timespec real, result = *given;
    NEXT(clock_gettime)(CLOCK_REALTIME, &real);
    if (result.tv_sec > real.tv_sec + CLOCK_SHIFT / 2)
        result.tv_sec -= CLOCK_SHIFT;
    return result;
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    struct timespec real = deadline(until);
    __typeof__(&pthread_cond_timedwait) next = (__typeof__(&pthread_cond_timedwait))dlvsym(
        RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");  /* the old one has another layout */
    return (next ? next : NEXT(pthread_cond_timedwait))(cond, mutex, &real);
}

#define TIMED(name, type)                                               \
    int name(type *restrict object, const struct timespec *restrict until) \
    {                                                                   \
        struct timespec real = deadline(until);                         \
        return NEXT(name)(object, &real);                               \
    }
TIMED(pthread_mutex_timedlock, pthread_mutex_t)
TIMED(pthread_rwlock_timedrdlock, pthread_rwlock_t)
TIMED(pthread_rwlock_timedwrlock, pthread_rwlock_t)
TIMED(sem_timedwait, sem_t)

int clock_nanosleep(clockid_t id, int flags, const struct timespec *until, struct timespec *left)
{
    struct timespec real = flags & TIMER_ABSTIME ? deadline(until) : *until;
    return NEXT(clock_nanosleep)(id, flags, &real, left);
}

#endif
/* ---- directory order ---- */
#ifdef DIRECTORY_ORDER

struct listing {
    DIR *directory;
    struct dirent64 **entries;
    size_t count, next;
    struct listing *after;
};
static struct listing *listings;
static char taken;  /* a spin lock: no library of its own is needed for it */

static void lock(void) { while (__atomic_test_and_set(&taken, __ATOMIC_ACQUIRE)) {} }
static void unlock(void) { __atomic_clear(&taken, __ATOMIC_RELEASE); }

static struct listing *find(DIR *directory, int take)
{
    struct listing *found = NULL;
    lock();
    for (struct listing **at = &listings; *at; at = &(*at)->after) {
        if ((*at)->directory == directory) {
            found = *at;
            if (take)
                *at = found->after;
            break;
        }
    }
    unlock();
    return found;
}

static void forget(DIR *directory)
{
    struct listing *old = find(directory, 1);
    if (!old)
        return;
    for (size_t i = 0; i < old->count; i++)
        free(old->entries[i]);
    free(old->entries);
    free(old);
}

/* Reads a whole directory and turns it around. */
static struct listing *reversed(DIR *directory)
{
    struct listing *all = find(directory, 0);
    if (all)
        return all;
    all = calloc(1, sizeof *all);
    if (!all)
        return NULL;
    all->directory = directory;
    struct dirent64 *one;
    size_t room_ = 0;
    while ((one = NEXT(readdir64)(directory))) {
        if (all->count == room_) {
            room_ = room_ ? 2 * room_ : 64;
            void *more = realloc(all->entries, room_ * sizeof *all->entries);
            if (!more)
                break;
            all->entries = more;
        }
        struct dirent64 *copy = calloc(1, sizeof *copy);
        if (!copy)
            break;
        memcpy(copy, one, one->d_reclen < sizeof *copy ? one->d_reclen : sizeof *copy);
        all->entries[all->count++] = copy;
    }
    for (size_t i = 0; i < all->count / 2; i++) {
        struct dirent64 *swap = all->entries[i];
        all->entries[i] = all->entries[all->count - 1 - i];
        all->entries[all->count - 1 - i] = swap;
    }
    lock();
    all->after = listings;
    listings = all;
    unlock();
    return all;
}

struct dirent64 *readdir64(DIR *directory)
{
    int before = errno;
    struct listing *all = reversed(directory);
    errno = before;
    return all && all->next < all->count ? all->entries[all->next++] : NULL;
}

#if __SIZEOF_LONG__ == 8
struct dirent *readdir(DIR *directory) { return (struct dirent *)readdir64(directory); }
#endif

int closedir(DIR *directory)
{
    forget(directory);
    return NEXT(closedir)(directory);
}

void rewinddir(DIR *directory)
{
    forget(directory);
    NEXT(rewinddir)(directory);
}

long telldir(DIR *directory)
{
    struct listing *all = find(directory, 0);
    return all ? (long)all->next : NEXT(telldir)(directory);
}

void seekdir(DIR *directory, long position)
{
    struct listing *all = find(directory, 0);
    if (all)
        all->next = position < 0 ? 0 : (size_t)position;
    else
        NEXT(seekdir)(directory, position);
}

#endif
/* ---- kernel and host name ---- */
#if defined KERNEL || defined HOST_NAME

int uname(struct utsname *name)
{
    int result = NEXT(uname)(name);
    if (result)
        return result;
#ifdef KERNEL
    snprintf(name->release, sizeof name->release, "%s", KERNEL);
    snprintf(name->version, sizeof name->version, "#1 SMP %s", KERNEL);
#endif
#ifdef HOST_NAME
    snprintf(name->nodename, sizeof name->nodename, "%s", HOST_NAME);
#endif
    return result;
}

#endif
#ifdef HOST_NAME

int gethostname(char *name, size_t size)
{
    if (size <= strlen(HOST_NAME)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(name, HOST_NAME);
    return 0;
}

#endif
/* ---- CPUs ---- */
#ifdef CPUS

long sysconf(int name)
{
    return name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF ? CPUS : NEXT(sysconf)(name);
}

int get_nprocs(void) { return CPUS; }

int get_nprocs_conf(void) { return CPUS; }

#endif
