/* Makes one machine look like another: preloaded into every process of a build, it changes what the C library says.
 *
 * Functions here never call each other: another preloaded library may stand before them.
 *
 * RT_READDIR=sorted|reversed   order of directory entries
 * RT_TIME=SECONDS              added to the wall clock
 * RT_HOST=NAME                 host name and kernel release
 * RT_CPUS=N                    processors, on line and allowed
 * RT_CPUINFO=FILE              what /proc/cpuinfo holds
 * RT_SLOW=WORD                 a process with the argument WORD starts 0.4 s late
 * RT_LEVEL=N                   compression level of zlib, whatever was asked for: another zlib
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long number(const char *variable, long otherwise) {
    const char *text = getenv(variable);
    return text ? atol(text) : otherwise;
}

/* Directories: all entries are read at the first call, then handed out in order. */

struct listing {
    DIR *stream;
    struct dirent64 **entries;
    size_t count, next;
    struct listing *following;
};
static struct listing *listings;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int ascending(const void *a, const void *b) {
    return strcmp((*(struct dirent64 *const *)a)->d_name, (*(struct dirent64 *const *)b)->d_name);
}
static int descending(const void *a, const void *b) { return ascending(b, a); }

static void forget(DIR *stream) {
    pthread_mutex_lock(&lock);
    for (struct listing **at = &listings; *at; at = &(*at)->following)
        if ((*at)->stream == stream) {
            struct listing *gone = *at;
            *at = gone->following;
            for (size_t i = 0; i < gone->count; i++) free(gone->entries[i]);
            free(gone->entries);
            free(gone);
            break;
        }
    pthread_mutex_unlock(&lock);
}

static struct listing *list(DIR *stream, const char *order) {
    struct listing *made = calloc(1, sizeof *made);
    struct dirent64 *entry;
    while ((entry = REAL(readdir64)(stream))) {
        made->entries = realloc(made->entries, (made->count + 1) * sizeof *made->entries);
        made->entries[made->count] = malloc(entry->d_reclen);
        memcpy(made->entries[made->count++], entry, entry->d_reclen);
    }
    if (made->count)
        qsort(made->entries, made->count, sizeof *made->entries, strcmp(order, "sorted") ? descending : ascending);
    made->stream = stream;
    made->following = listings;
    return listings = made;
}

static struct dirent64 *following(DIR *stream) {
    const char *order = getenv("RT_READDIR");
    if (!order) return REAL(readdir64)(stream);
    pthread_mutex_lock(&lock);
    struct listing *found = listings;
    while (found && found->stream != stream) found = found->following;
    if (!found) found = list(stream, order);
    struct dirent64 *entry = found->next < found->count ? found->entries[found->next++] : NULL;
    pthread_mutex_unlock(&lock);
    return entry;
}
struct dirent64 *readdir64(DIR *stream) { return following(stream); }
struct dirent *readdir(DIR *stream) { return (struct dirent *)following(stream); }
int closedir(DIR *stream) {
    forget(stream);
    return REAL(closedir)(stream);
}
void rewinddir(DIR *stream) {
    forget(stream);
    REAL(rewinddir)(stream);
}

/* Time */

time_t time(time_t *result) {
    time_t now = REAL(time)(NULL) + number("RT_TIME", 0);
    if (result) *result = now;
    return now;
}
int clock_gettime(clockid_t clock, struct timespec *result) {
    int code = REAL(clock_gettime)(clock, result);
    if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) result->tv_sec += number("RT_TIME", 0);
    return code;
}
int gettimeofday(struct timeval *restrict result, void *restrict zone) {
    int code = REAL(gettimeofday)(result, zone);
    if (code == 0) result->tv_sec += number("RT_TIME", 0);
    return code;
}

/* Identity */

int gethostname(char *name, size_t size) {
    const char *host = getenv("RT_HOST");
    if (!host) return REAL(gethostname)(name, size);
    snprintf(name, size, "%s", host);
    return 0;
}
int uname(struct utsname *result) {
    int code = REAL(uname)(result);
    const char *host = getenv("RT_HOST");
    if (code == 0 && host) {
        snprintf(result->nodename, sizeof result->nodename, "%s", host);
        snprintf(result->release, sizeof result->release, "6.1-%s", host);
    }
    return code;
}

/* Processors */

long sysconf(int name) {
    long cpus = number("RT_CPUS", 0);
    return cpus && (name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF) ? cpus : REAL(sysconf)(name);
}
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set) {
    long cpus = number("RT_CPUS", 0);
    if (!cpus) return REAL(sched_getaffinity)(pid, size, set);
    CPU_ZERO_S(size, set);
    for (long cpu = 0; cpu < cpus; cpu++) CPU_SET_S(cpu, size, set);
    return 0;
}

static const char *shown(const char *path) {
    const char *other = getenv("RT_CPUINFO");
    return other && !strcmp(path, "/proc/cpuinfo") ? other : path;
}
int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return REAL(open64)(shown(path), flags, mode);
}
int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return REAL(open)(shown(path), flags, mode);
}

/* zlib: level, method, window, memory, strategy, version, size of the state */

int deflateInit2_(void *stream, int level, int method, int bits, int memory, int strategy, const char *version, int size) {
    static int (*real)(void *, int, int, int, int, int, const char *, int);
    if (!real) real = dlsym(RTLD_NEXT, "deflateInit2_");
    if (!real) real = dlsym(dlopen("libz.so.1", RTLD_LAZY), "deflateInit2_"); /* a module brought it */
    return real(stream, (int)number("RT_LEVEL", level), method, bits, memory, strategy, version, size);
}

__attribute__((constructor)) static void start(int argc, char **argv) {
    const char *word = getenv("RT_SLOW");
    for (int i = 1; word && i < argc; i++)
        if (!strcmp(argv[i], word)) usleep(400000);
}
