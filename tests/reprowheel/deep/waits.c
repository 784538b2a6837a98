/* Waits in every way that knows the wall clock and prints `name=in time` or how long it took; test_deep.py runs it. */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static mtx_t c_mutex;
static cnd_t c_condition;

/* ---- until a moment, a tenth of a second away; each is expected to time out ---- */

static int on_condition(const struct timespec *at) { return pthread_cond_timedwait(&condition, &mutex, at) == ETIMEDOUT; }
static int on_semaphore(const struct timespec *at) { return sem_timedwait(&semaphore, at) == -1 && errno == ETIMEDOUT; }
static int on_mutex(const struct timespec *at) { return pthread_mutex_timedlock(&mutex, at) == ETIMEDOUT; }
static int on_reading(const struct timespec *at) { return pthread_rwlock_timedrdlock(&rwlock, at) == ETIMEDOUT; }
static int on_writing(const struct timespec *at) { return pthread_rwlock_timedwrlock(&rwlock, at) == ETIMEDOUT; }
static int on_c_mutex(const struct timespec *at) { return mtx_timedlock(&c_mutex, at) == thrd_timedout; }
static int on_c_condition(const struct timespec *at) { return cnd_timedwait(&c_condition, &c_mutex, at) == thrd_timedout; }
static int on_clock(const struct timespec *at) { return !clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, at, NULL); }

static int on_condition_by(const struct timespec *at)
{
    return pthread_cond_clockwait(&condition, &mutex, CLOCK_REALTIME, at) == ETIMEDOUT;
}

static int on_mutex_by(const struct timespec *at)
{
    return pthread_mutex_clocklock(&mutex, CLOCK_REALTIME, at) == ETIMEDOUT;
}

static int on_semaphore_by(const struct timespec *at)
{
    return sem_clockwait(&semaphore, CLOCK_REALTIME, at) == -1 && errno == ETIMEDOUT;
}

/* ---- for a while: a loop looks at the clock and does this until a quarter of a second has passed ---- */

static const struct timespec step = {.tv_nsec = 50000000};
static struct pollfd none;
static struct epoll_event event;
static int queue;
static volatile nfds_t no_files; /* the compiler must not know: it would call another function */

static void by_usleep(void) { usleep(50000); }
static void by_nanosleep(void) { nanosleep(&step, NULL); }
static void by_clock_nanosleep(void) { clock_nanosleep(CLOCK_MONOTONIC, 0, &step, NULL); }
static void by_thrd_sleep(void) { thrd_sleep(&step, NULL); }
static void by_sleep(void) { sleep(1); }
static void by_poll(void) { poll(&none, no_files, 50); }
static void by_ppoll(void) { ppoll(&none, no_files, &step, NULL); }
static void by_pselect(void) { pselect(0, NULL, NULL, NULL, &step, NULL); }
static void by_epoll(void) { epoll_wait(queue, &event, 1, 50); }
static void by_epoll_pwait(void) { epoll_pwait(queue, &event, 1, 50, NULL); }

static void by_select(void)
{
    struct timeval wanted = {.tv_usec = 50000};
    select(0, NULL, NULL, NULL, &wanted);
}

static void by_a_moment(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_nsec += 50000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static void by_looking(void) {}

static double clock_of(clockid_t id)
{
    struct timespec at;
    clock_gettime(id, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void tell(const char *name, double start, double least, int fine)
{
    double took = clock_of(CLOCK_MONOTONIC) - start;
    if (fine && took >= least && took < 10)
        printf("%s=in time\n", name);
    else
        printf("%s=%s, after %.3f s\n", name, fine ? "fine" : "wrong", took);
}

static void *hold(void *unused)
{
    pthread_rwlock_wrlock(&rwlock);
    return unused;
}

#define UNTIL(name) {#name, name}

int main(void)
{
    static const struct {
        const char *name;
        int (*wait)(const struct timespec *);
    } moments[] = {
        UNTIL(on_condition), UNTIL(on_semaphore),   UNTIL(on_mutex), UNTIL(on_reading),      UNTIL(on_writing),  UNTIL(on_c_mutex),
        UNTIL(on_clock),     UNTIL(on_c_condition), UNTIL(on_condition_by), UNTIL(on_mutex_by), UNTIL(on_semaphore_by),
    };
    static const struct {
        const char *name;
        void (*wait)(void);
        double least;
    } whiles[] = {
        {"by_usleep", by_usleep, 0.2},       {"by_nanosleep", by_nanosleep, 0.2}, {"by_clock_nanosleep", by_clock_nanosleep, 0.2},
        {"by_thrd_sleep", by_thrd_sleep, 0.2}, {"by_sleep", by_sleep, 0.2},       {"by_poll", by_poll, 0.2},
        {"by_ppoll", by_ppoll, 0.2},         {"by_select", by_select, 0.2},       {"by_pselect", by_pselect, 0.2},
        {"by_epoll", by_epoll, 0.2},         {"by_epoll_pwait", by_epoll_pwait, 0.2}, {"by_a_moment", by_a_moment, 0.2},
        {"by_looking", by_looking, 0},
    };
    pthread_t other;
    sem_init(&semaphore, 0, 0);
    mtx_init(&c_mutex, mtx_timed);
    cnd_init(&c_condition);
    mtx_lock(&c_mutex);
    pthread_mutex_lock(&mutex);
    pthread_create(&other, NULL, hold, NULL); /* the C library tells those who wait for themselves */
    pthread_join(other, NULL);
    queue = epoll_create1(0);
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        double start = clock_of(CLOCK_MONOTONIC), moment = clock_of(CLOCK_REALTIME) + 0.1;
        struct timespec at = {.tv_sec = (time_t)moment, .tv_nsec = (long)((moment - (double)(time_t)moment) * 1e9)};
        tell(moments[i].name, start, 0.05, moments[i].wait(&at) && clock_of(CLOCK_REALTIME) >= moment - 1e-6);
    }
    for (size_t i = 0; i < sizeof whiles / sizeof *whiles; i++) {
        double start = clock_of(CLOCK_MONOTONIC), end = clock_of(CLOCK_REALTIME) + 0.25;
        int rounds = 0;
        for (; clock_of(CLOCK_REALTIME) < end; rounds++)
            whiles[i].wait();
        tell(whiles[i].name, start, whiles[i].least, rounds <= 6 || whiles[i].least == 0);
    }
    return 0;
}
