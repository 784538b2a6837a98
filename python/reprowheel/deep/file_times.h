/* The times of files: all that a build makes, it makes in the first half of the second in which it takes place.
 *
 * What the file system stamped after the build began gets the epoch's second, and its order among the others is kept in
 * the nanoseconds: 40 real microseconds are one, five and a half hours the half second. What is newer than the epoch
 * and was there before the build (the host's own files) is exactly as old as the epoch, older than all that is built.
 * Times up to the epoch, and times of this second that a program has set itself (cp -p), stay. A program that gives a
 * file the time of its clock, which begins in the second half of the second, gets what the file system says is now.
 */
#include <sys/time.h>

#define STEP UINT64_C(40000)
#define LATEST (NANO / 2 - 2)

static void map_time(const struct world *here, int64_t *seconds, int64_t *nano)
{
    if (*seconds < 0 || (uint64_t)*seconds > UINT64_MAX / NANO - 1)
        return;
    uint64_t time = (uint64_t)*seconds * NANO + (uint64_t)*nano;
    if (time / NANO == here->epoch || (time < here->epoch * NANO && !*nano)) /* an epoch may be after the start */
        return;
    if (time >= here->start) {
        uint64_t later = (time - here->start) / STEP;
        *seconds = (int64_t)here->epoch;
        *nano = (int64_t)(later < LATEST ? later : LATEST) + 1;
    } else if (time > here->epoch * NANO && !in_python) { /* Python's caches name the times of their sources */
        *seconds = (int64_t)here->epoch;
        *nano = 0;
    }
}

static void map_timespec(const struct world *here, struct timespec *time)
{
    int64_t seconds = time->tv_sec, nano = time->tv_nsec;
    map_time(here, &seconds, &nano);
    time->tv_sec = seconds;
    time->tv_nsec = nano;
}

static int mapped_stat(int result, struct stat *found)
{
    struct world *here = result ? NULL : world();
    if (here) {
        map_timespec(here, &found->st_atim);
        map_timespec(here, &found->st_mtim);
        map_timespec(here, &found->st_ctim);
    }
    return result;
}

int stat(const char *restrict path, struct stat *restrict found) { return mapped_stat(REAL(stat)(path, found), found); }

int lstat(const char *restrict path, struct stat *restrict found) { return mapped_stat(REAL(lstat)(path, found), found); }

int fstat(int file, struct stat *found) { return mapped_stat(REAL(fstat)(file, found), found); }

int fstatat(int where, const char *restrict path, struct stat *restrict found, int flags)
{
    return mapped_stat(REAL(fstatat)(where, path, found, flags), found);
}

#ifdef STATX_BASIC_STATS
static void map_statx(const struct world *here, struct statx_timestamp *time)
{
    int64_t seconds = time->tv_sec, nano = time->tv_nsec;
    map_time(here, &seconds, &nano);
    time->tv_sec = seconds;
    time->tv_nsec = (uint32_t)nano;
}

int statx(int where, const char *restrict path, int flags, unsigned mask, struct statx *restrict found)
{
    int result = REAL(statx)(where, path, flags, mask, found);
    struct world *here = result ? NULL : world();
    if (here) {
        map_statx(here, &found->stx_atime);
        map_statx(here, &found->stx_btime);
        map_statx(here, &found->stx_ctime);
        map_statx(here, &found->stx_mtime);
    }
    return result;
}
#endif

#ifdef __GLIBC__
/* The same under the names for large files, and under those that programs linked before glibc 2.33 use. */
_Static_assert(sizeof(struct stat64) == sizeof(struct stat), "one form on 64-bit machines");

int stat64(const char *restrict path, struct stat64 *restrict found)
{
    return mapped_stat(REAL(stat64)(path, found), (struct stat *)found);
}

int lstat64(const char *restrict path, struct stat64 *restrict found)
{
    return mapped_stat(REAL(lstat64)(path, found), (struct stat *)found);
}

int fstat64(int file, struct stat64 *found) { return mapped_stat(REAL(fstat64)(file, found), (struct stat *)found); }

int fstatat64(int where, const char *restrict path, struct stat64 *restrict found, int flags)
{
    return mapped_stat(REAL(fstatat64)(where, path, found, flags), (struct stat *)found);
}

/* A new C library has these for old programs only, where dlsym does not see them; the others then do the same. */
#define OLD(name, first, type, current, call) \
    int name(int version, first, struct type *found); \
    int name(int version, first, struct type *found) \
    { \
        __typeof__(&name) old = REAL_IF_ANY(name); \
        return mapped_stat(old ? old(version, call, found) : REAL(current)(call, found), (struct stat *)found); \
    }
OLD(__xstat, const char *path, stat, stat, path)
OLD(__xstat64, const char *path, stat64, stat64, path)
OLD(__lxstat, const char *path, stat, lstat, path)
OLD(__lxstat64, const char *path, stat64, lstat64, path)
OLD(__fxstat, int file, stat, fstat, file)
OLD(__fxstat64, int file, stat64, fstat64, file)

#define OLD_AT(name, type, current) \
    int name(int version, int where, const char *path, struct type *found, int flags); \
    int name(int version, int where, const char *path, struct type *found, int flags) \
    { \
        __typeof__(&name) old = REAL_IF_ANY(name); \
        return mapped_stat(old ? old(version, where, path, found, flags) : REAL(current)(where, path, found, flags), \
                           (struct stat *)found); \
    }
OLD_AT(__fxstatat, stat, fstatat)
OLD_AT(__fxstatat64, stat64, fstatat64)
#endif

/* ---- setting times ---- */

static int is_now(const struct world *here, const struct timespec *time)
{
    int64_t value = nanoseconds(time);
    return value >= (int64_t)(here->epoch * NANO + NANO / 2) && value <= (int64_t)wall_clock(here, 0) &&
           time->tv_nsec >= 0 && time->tv_nsec < (long)NANO;
}

/* Returns the times to set: those given, or a copy in which the build's clock is replaced by the file system's. */
static const struct timespec *settable(const struct timespec given[2], struct timespec copy[2])
{
    struct world *here = given ? world() : NULL;
    if (!here || (!is_now(here, given) && !is_now(here, given + 1)))
        return given;
    for (int i = 0; i < 2; i++)
        copy[i] = is_now(here, given + i) ? (struct timespec){.tv_nsec = UTIME_NOW} : given[i];
    return copy;
}

int utimensat(int where, const char *path, const struct timespec given[2], int flags)
{
    struct timespec copy[2];
    return REAL(utimensat)(where, path, settable(given, copy), flags);
}

int futimens(int file, const struct timespec given[2])
{
    struct timespec copy[2];
    return REAL(futimens)(file, settable(given, copy));
}

/* The older forms count microseconds; where nothing has to be replaced they are handed through. */
static const struct timespec *settable_micro(const struct timeval given[2], struct timespec copy[2])
{
    struct timespec fine[2];
    for (int i = 0; given && i < 2; i++)
        fine[i] = (struct timespec){.tv_sec = given[i].tv_sec, .tv_nsec = given[i].tv_usec * 1000};
    return given && settable(fine, copy) == copy ? copy : NULL;
}

int utimes(const char *path, const struct timeval given[2])
{
    struct timespec copy[2];
    const struct timespec *instead = settable_micro(given, copy);
    return instead ? REAL(utimensat)(AT_FDCWD, path, instead, 0) : REAL(utimes)(path, given);
}

int lutimes(const char *path, const struct timeval given[2])
{
    struct timespec copy[2];
    const struct timespec *instead = settable_micro(given, copy);
    return instead ? REAL(utimensat)(AT_FDCWD, path, instead, AT_SYMLINK_NOFOLLOW) : REAL(lutimes)(path, given);
}

int futimes(int file, const struct timeval given[2])
{
    struct timespec copy[2];
    const struct timespec *instead = settable_micro(given, copy);
    return instead ? REAL(futimens)(file, instead) : REAL(futimes)(file, given);
}
