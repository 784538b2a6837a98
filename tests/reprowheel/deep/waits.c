/* Waits in every way that knows the wall clock and prints `name=in time` or how long it took; test_deep.py runs it. */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long elapsed(void (*wait)(void))
{
    struct timespec first, second;
    clock_gettime(CLOCK_MONOTONIC, &first);
    wait();
    clock_gettime(CLOCK_MONOTONIC, &second);
    return (second.tv_sec - first.tv_sec) * 1000 + (second.tv_nsec - first.tv_nsec) / 1000000;
}

static struct timespec soon(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += 100000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

static void on_condition(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec at = soon();
    pthread_mutex_lock(&mutex);
    while (pthread_cond_timedwait(&condition, &mutex, &at) != ETIMEDOUT) {
    }
    pthread_mutex_unlock(&mutex);
}

static void on_semaphore(void)
{
    sem_t semaphore;
    struct timespec at = soon();
    sem_init(&semaphore, 0, 0);
    sem_timedwait(&semaphore, &at);
}

static void on_mutex(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct timespec at = soon();
    pthread_mutex_lock(&mutex);
    pthread_mutex_timedlock(&mutex, &at);
}

static void on_clock(void)
{
    struct timespec at = soon();
    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &at, NULL);
}

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void on_time_by_sleeping(void)
{
    for (double end = now() + 0.3; now() < end;)
        usleep(50000);
}

static void on_time_by_polling(void)
{
    for (double end = now() + 0.3; now() < end;)
        poll(NULL, 0, 50);
}

static void on_time_by_selecting(void)
{
    for (double end = now() + 0.3; now() < end;) {
        struct timeval wanted = {.tv_usec = 50000};
        select(0, NULL, NULL, NULL, &wanted);
    }
}

static void on_time_by_looking(void)
{
    for (time_t end = time(NULL) + 2; time(NULL) < end;) {
    }
}

int main(void)
{
    static const struct {
        const char *name;
        void (*wait)(void);
        long least;
    } table[] = {
        {"a condition with a deadline", on_condition, 50},
        {"a semaphore with a deadline", on_semaphore, 50},
        {"a mutex with a deadline", on_mutex, 50},
        {"a sleep until a moment", on_clock, 50},
        {"sleeping until the clock says", on_time_by_sleeping, 250},
        {"polling until the clock says", on_time_by_polling, 250},
        {"selecting until the clock says", on_time_by_selecting, 250},
        {"looking until the clock says", on_time_by_looking, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        long took = elapsed(table[i].wait);
        if (took >= table[i].least && took < 10000)
            printf("%s=in time\n", table[i].name);
        else
            printf("%s=after %ld ms\n", table[i].name, took);
    }
    return 0;
}
