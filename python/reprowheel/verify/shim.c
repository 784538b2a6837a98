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

#include "shim_processes.h"

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
