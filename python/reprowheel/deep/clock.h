/* The wall clock: the epoch and a half second, and a microsecond more at every look; monotonic clocks are real.
 *
 * A process that waits moves its own wall clock on by what it asked for, so loops that wait for a time come to an end.
 * A deadline by the wall clock is turned into one by the real clock, for the kernel waits by that.
 */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <threads.h>

#define TICK 1000

static _Atomic uint64_t passed; /* nanoseconds on this process's clock since it started */

static void advance(int64_t nanoseconds)
{
    if (nanoseconds > 0)
        atomic_fetch_add(&passed, (uint64_t)nanoseconds);
}

static uint64_t wall_clock(const struct world *here, unsigned tick)
{
    return here->epoch * NANO + NANO / 2 + atomic_fetch_add(&passed, tick) + tick;
}

static struct timespec now(const struct world *here)
{
    uint64_t value = wall_clock(here, TICK);
    return (struct timespec){.tv_sec = (time_t)(value / NANO), .tv_nsec = (long)(value % NANO)};
}

static int64_t nanoseconds(const struct timespec *time)
{
    if (time->tv_sec > INT64_MAX / (int64_t)NANO - 1)
        return INT64_MAX;
    return (int64_t)time->tv_sec * (int64_t)NANO + time->tv_nsec;
}

static int is_wall(clockid_t id)
{
    return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_REALTIME_ALARM || id == CLOCK_TAI;
}

/* ---- looking at the clock ---- */

int clock_gettime(clockid_t id, struct timespec *time)
{
    struct world *here = is_wall(id) ? world() : NULL;
    if (!here)
        return REAL(clock_gettime)(id, time);
    *time = now(here);
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct world *here = world();
    if (!here)
        return REAL(gettimeofday)(time, zone);
    struct timespec value = now(here);
    *time = (struct timeval){.tv_sec = value.tv_sec, .tv_usec = value.tv_nsec / 1000};
    if (zone)
        memset(zone, 0, sizeof(struct timezone));
    return 0;
}

time_t time(time_t *seconds)
{
    struct world *here = world();
    if (!here)
        return REAL(time)(seconds);
    time_t value = now(here).tv_sec;
    if (seconds)
        *seconds = value;
    return value;
}

int timespec_get(struct timespec *time, int base)
{
    struct world *here = base == TIME_UTC ? world() : NULL;
    if (!here)
        return REAL(timespec_get)(time, base);
    *time = now(here);
    return base;
}

struct old_time { /* struct timeb; its header goes away */
    time_t seconds;
    unsigned short milliseconds;
    short zone, summer;
};

int ftime(struct old_time *time)
{
    struct timespec value;
    if (clock_gettime(CLOCK_REALTIME, &value))
        return -1;
    *time = (struct old_time){.seconds = value.tv_sec, .milliseconds = (unsigned short)(value.tv_nsec / 1000000)};
    return 0;
}

/* ---- waiting for a while ---- */

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    int64_t while_ = nanoseconds(wanted);
    int result = REAL(nanosleep)(wanted, left);
    if (!result)
        advance(while_);
    return result;
}

int usleep(useconds_t microseconds)
{
    advance((int64_t)microseconds * 1000);
    return REAL(usleep)(microseconds);
}

unsigned sleep(unsigned seconds)
{
    advance((int64_t)seconds * (int64_t)NANO);
    return REAL(sleep)(seconds);
}

int thrd_sleep(const struct timespec *wanted, struct timespec *left)
{
    advance(nanoseconds(wanted));
    return REAL(thrd_sleep)(wanted, left);
}

#define POLL(name, ...) \
    int result = REAL(name)(files, count, milliseconds, ##__VA_ARGS__); \
    if (!result) \
        advance((int64_t)milliseconds * 1000000); \
    return result

#define PPOLL(name, ...) \
    int result = REAL(name)(files, count, wanted, mask, ##__VA_ARGS__); \
    if (!result && wanted) \
        advance(nanoseconds(wanted)); \
    return result

int poll(struct pollfd *files, nfds_t count, int milliseconds) { POLL(poll); }
int ppoll(struct pollfd *files, nfds_t count, const struct timespec *wanted, const sigset_t *mask) { PPOLL(ppoll); }

#ifdef __GLIBC__
int __poll_chk(struct pollfd *files, nfds_t count, int milliseconds, size_t room);
int __poll_chk(struct pollfd *files, nfds_t count, int milliseconds, size_t room) { POLL(__poll_chk, room); }

int __ppoll_chk(struct pollfd *files, nfds_t count, const struct timespec *wanted, const sigset_t *mask, size_t room);
int __ppoll_chk(struct pollfd *files, nfds_t count, const struct timespec *wanted, const sigset_t *mask, size_t room)
{
    PPOLL(__ppoll_chk, room);
}
#endif

int select(int count, fd_set *restrict in, fd_set *restrict out, fd_set *restrict other, struct timeval *restrict wanted)
{
    int64_t while_ = wanted ? (int64_t)wanted->tv_sec * (int64_t)NANO + wanted->tv_usec * 1000 : 0;
    int result = REAL(select)(count, in, out, other, wanted);
    if (!result)
        advance(while_);
    return result;
}

int pselect(int count, fd_set *restrict in, fd_set *restrict out, fd_set *restrict other,
            const struct timespec *restrict wanted, const sigset_t *restrict mask)
{
    int result = REAL(pselect)(count, in, out, other, wanted, mask);
    if (!result && wanted)
        advance(nanoseconds(wanted));
    return result;
}

int epoll_wait(int queue, struct epoll_event *events, int room, int milliseconds)
{
    int result = REAL(epoll_wait)(queue, events, room, milliseconds);
    if (!result)
        advance((int64_t)milliseconds * 1000000);
    return result;
}

int epoll_pwait(int queue, struct epoll_event *events, int room, int milliseconds, const sigset_t *mask)
{
    int result = REAL(epoll_pwait)(queue, events, room, milliseconds, mask);
    if (!result)
        advance((int64_t)milliseconds * 1000000);
    return result;
}

/* ---- waiting until a moment ---- */

struct deadline {
    struct timespec real;
    int64_t away; /* nanoseconds from now, by the build's clock */
};

/* What lies before the epoch is no wall clock time (condition variables do not tell their clock): it stays. */
static struct deadline until(const struct timespec *given)
{
    struct world *here = world();
    struct deadline result = {.real = *given};
    struct timespec real;
    if (!here || given->tv_sec < 0 || (uint64_t)given->tv_sec + 86400 < here->epoch)
        return result;
    result.away = nanoseconds(given) - (int64_t)wall_clock(here, 0);
    REAL(clock_gettime)(CLOCK_REALTIME, &real);
    int64_t moment = nanoseconds(&real);
    moment = result.away > INT64_MAX - moment ? INT64_MAX : moment + result.away;
    result.real.tv_sec = moment / (int64_t)NANO;
    if (given->tv_nsec >= 0 && given->tv_nsec < (long)NANO) /* else the real function says EINVAL */
        result.real.tv_nsec = moment % (int64_t)NANO;
    return result;
}

#define WAIT_UNTIL(call) \
    struct deadline deadline = until(moment); \
    int result = call; \
    if (result == ETIMEDOUT || result == thrd_timedout) \
        advance(deadline.away); \
    return result

#define TIMED(name, type) \
    int name(type *restrict object, const struct timespec *restrict moment) \
    { \
        WAIT_UNTIL(REAL(name)(object, &deadline.real)); \
    }
TIMED(pthread_mutex_timedlock, pthread_mutex_t)
TIMED(pthread_rwlock_timedrdlock, pthread_rwlock_t)
TIMED(pthread_rwlock_timedwrlock, pthread_rwlock_t)
TIMED(mtx_timedlock, mtx_t)

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict moment)
{
    WAIT_UNTIL(REAL(pthread_cond_timedwait)(condition, mutex, &deadline.real));
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict moment)
{
    WAIT_UNTIL(REAL(cnd_timedwait)(condition, mutex, &deadline.real));
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict moment)
{
    struct deadline deadline = until(moment);
    int result = REAL(sem_timedwait)(semaphore, &deadline.real);
    if (result && errno == ETIMEDOUT)
        advance(deadline.away);
    return result;
}

#if GLIBC_SINCE(2, 30)
int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t id, const struct timespec *moment)
{
    if (!is_wall(id))
        return REAL(pthread_cond_clockwait)(condition, mutex, id, moment);
    WAIT_UNTIL(REAL(pthread_cond_clockwait)(condition, mutex, id, &deadline.real));
}

int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t id, const struct timespec *moment)
{
    if (!is_wall(id))
        return REAL(pthread_mutex_clocklock)(mutex, id, moment);
    WAIT_UNTIL(REAL(pthread_mutex_clocklock)(mutex, id, &deadline.real));
}

int sem_clockwait(sem_t *semaphore, clockid_t id, const struct timespec *moment)
{
    return is_wall(id) ? sem_timedwait(semaphore, moment) : REAL(sem_clockwait)(semaphore, id, moment);
}
#endif

int clock_nanosleep(clockid_t id, int flags, const struct timespec *wanted, struct timespec *left)
{
    struct deadline deadline = {.real = *wanted, .away = nanoseconds(wanted)};
    struct timespec real;
    if (flags & TIMER_ABSTIME) {
        if (is_wall(id))
            deadline = until(wanted);
        else if (!REAL(clock_gettime)(id, &real)) /* whole milliseconds, so that the time spent so far does not count */
            deadline.away = (deadline.away - nanoseconds(&real) + 999999) / 1000000 * 1000000;
    }
    int result = REAL(clock_nanosleep)(id, flags, &deadline.real, left);
    if (!result)
        advance(deadline.away);
    return result;
}
