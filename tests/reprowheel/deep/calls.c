/* Calls what the preloaded library of deep mode replaces and prints `name=value` lines; test_deep.py knows the values.
 *
 * argv: DIRECTORY, which holds the entries a to e, made in another order, and the file `new`, newer than `a`.
 */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <glob.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SHOW(name, format, value) printf("%s=" format "\n", name, value)

static const char *directory;

static void clocks(void)
{
    struct timespec at, first, second;
    struct timeval old;
    time_t seconds = 0;
    SHOW("time", "%ld", (long)time(NULL));
    time(&seconds);
    SHOW("time by pointer", "%ld", (long)seconds);
    gettimeofday(&old, NULL);
    SHOW("gettimeofday", "%ld", (long)old.tv_sec);
    clock_gettime(CLOCK_REALTIME, &at);
    SHOW("clock_gettime", "%ld", (long)at.tv_sec);
    clock_gettime(CLOCK_REALTIME_COARSE, &at);
    SHOW("clock_gettime coarse", "%ld", (long)at.tv_sec);
    timespec_get(&at, TIME_UTC);
    SHOW("timespec_get", "%ld", (long)at.tv_sec);
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &at);
    SHOW("clock_gettime by number", "%ld", (long)at.tv_sec);
    clock_gettime(CLOCK_REALTIME, &first);
    clock_gettime(CLOCK_REALTIME, &second);
    SHOW("the clock moves", "%d", second.tv_nsec > first.tv_nsec);
    clock_gettime(CLOCK_MONOTONIC, &first);
    usleep(30000);
    clock_gettime(CLOCK_MONOTONIC, &second);
    long passed = (second.tv_sec - first.tv_sec) * 1000 + (second.tv_nsec - first.tv_nsec) / 1000000;
    SHOW("monotonic clocks are real", "%d", passed >= 29 && passed < 5000 && first.tv_sec != seconds);
}

static int not_hidden(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static int any_order(const struct dirent **a, const struct dirent **b)
{
    (void)a;
    (void)b;
    return 0;
}

static int backwards(const struct dirent **a, const struct dirent **b) { return strcmp((*b)->d_name, (*a)->d_name); }

static void show_names(const char *title, int count, struct dirent **entries)
{
    printf("%s=", title);
    for (int i = 0; i < count; i++)
        printf("%s ", entries[i]->d_name);
    putchar('\n');
}

static void list(const char *title, DIR *open)
{
    struct dirent *entry;
    printf("%s=", title);
    errno = 0;
    while ((entry = readdir(open)))
        printf("%s ", entry->d_name);
    printf("errno %d\n", errno);
}

static void listings(void)
{
    struct dirent **found, *entry;
    DIR *open = opendir(directory);
    list("readdir", open);
    rewinddir(open);
    list("rewinddir", open);
    rewinddir(open);
    for (int i = 0; i < 4; i++)
        entry = readdir(open);
    long offset = entry->d_off, here = telldir(open);
    char *third = strdup(readdir(open)->d_name);
    list("the rest", open);
    seekdir(open, here);
    SHOW("seekdir", "%d", !strcmp(readdir(open)->d_name, third));
    seekdir(open, offset);
    SHOW("seekdir by d_off", "%d", !strcmp(readdir(open)->d_name, third));
    SHOW("dirfd", "%d", fcntl(dirfd(open), F_GETFD) >= 0);
    closedir(open);
    open = fdopendir(openat(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY));
    list("fdopendir", open);
    closedir(open);
    int count = scandir(directory, &found, not_hidden, NULL);
    show_names("scandir", count, found);
    count = scandir(directory, &found, not_hidden, any_order);
    show_names("scandir in any order", count, found);
    count = scandir(directory, &found, not_hidden, backwards);
    show_names("scandir backwards", count, found);
    count = scandirat(AT_FDCWD, directory, &found, not_hidden, NULL);
    show_names("scandirat", count, found);
    glob_t names;
    char pattern[4096];
    snprintf(pattern, sizeof pattern, "%s/?", directory);
    glob(pattern, GLOB_NOSORT, NULL, &names);
    printf("glob=");
    for (size_t i = 0; i < names.gl_pathc; i++)
        printf("%s ", strrchr(names.gl_pathv[i], '/') + 1);
    printf("\nfts=");
    char *roots[] = {(char *)directory, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL, NULL);
    for (FTSENT *item; (item = fts_read(tree));)
        if (item->fts_level == 1)
            printf("%s ", item->fts_name);
    putchar('\n');
    errno = 77;
    SHOW("no such directory", "%d", !opendir("/nonexistent") && errno == ENOENT);
}

static void machine(void)
{
    struct utsname name;
    struct sysinfo info;
    cpu_set_t cpus;
    char buffer[256];
    uname(&name);
    printf("uname=%s %s %s %s\n", name.sysname, name.nodename, name.release, name.version);
    gethostname(buffer, sizeof buffer);
    SHOW("gethostname", "%s", buffer);
    SHOW("gethostname too short", "%d", gethostname(buffer, 3) == -1 && errno == ENAMETOOLONG);
    SHOW("sysconf", "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    SHOW("sysconf configured", "%ld", sysconf(_SC_NPROCESSORS_CONF));
    SHOW("get_nprocs", "%d", get_nprocs());
    SHOW("get_nprocs_conf", "%d", get_nprocs_conf());
    sched_getaffinity(0, sizeof cpus, &cpus);
    SHOW("sched_getaffinity", "%d", CPU_COUNT(&cpus));
    pthread_getaffinity_np(pthread_self(), sizeof cpus, &cpus);
    SHOW("pthread_getaffinity_np", "%d", CPU_COUNT(&cpus));
    SHOW("memory", "%ld", sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
    sysinfo(&info);
    SHOW("sysinfo", "%lu", info.totalram * info.mem_unit);
    SHOW("sysconf of other things", "%d", sysconf(_SC_OPEN_MAX) > 0 && sysconf(-5) == -1);
}

static void users(void)
{
    struct passwd entry, *found = getpwuid(getuid());
    struct group *group = getgrgid(getgid());
    char buffer[4096], small[4];
    printf("getpwuid=%s %s %d\n", found->pw_name, found->pw_dir, found->pw_uid == getuid());
    SHOW("getgrgid", "%s", group->gr_name);
    getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found);
    SHOW("getpwuid_r", "%s", found->pw_name);
    SHOW("getpwuid_r too short", "%d", getpwuid_r(geteuid(), &entry, small, 4, &found) == ERANGE && !found);
    found = getpwnam("reprowheel");
    SHOW("getpwnam", "%d", found && found->pw_uid == geteuid());
    SHOW("another user", "%d", getpwnam("daemon") && !strcmp(getpwnam("daemon")->pw_name, "daemon"));
    SHOW("getlogin", "%s", getlogin());
    SHOW("getlogin_r", "%d", getlogin_r(buffer, sizeof buffer) == 0 && !strcmp(buffer, "reprowheel"));
}

static void show_time(const char *title, struct timespec time, struct timespec older)
{
    int later = time.tv_sec > older.tv_sec || (time.tv_sec == older.tv_sec && time.tv_nsec > older.tv_nsec);
    printf("%s=%ld %s\n", title, (long)time.tv_sec, later ? "later" : "not later");
}

/* What programs call that were linked before glibc 2.33; a new glibc shows these to nobody else. */
static void old_names(const char *path, int file, struct timespec older)
{
    static const char *const names[] = {"__xstat", "__lxstat", "__fxstat", "__fxstatat"};
    for (int i = 0; i < 8; i++) {
        char name[16];
        struct stat found = {.st_mtim = {0, 0}};
        snprintf(name, sizeof name, "%s%s", names[i / 2], i % 2 ? "64" : "");
        void *function = dlsym(RTLD_DEFAULT, name);
        if (!function)
            continue;
        if (i < 4)
            ((int (*)(int, const char *, struct stat *))function)(1, path, &found);
        else if (i < 6)
            ((int (*)(int, int, struct stat *))function)(1, file, &found);
        else
            ((int (*)(int, int, const char *, struct stat *, int))function)(1, AT_FDCWD, path, &found, 0);
        show_time(name, found.st_mtim, older);
    }
}

static void file_times(void)
{
    struct stat older, newer;
    struct statx extended;
    char path[4096];
    snprintf(path, sizeof path, "%s/a", directory);
    stat(path, &older);
    snprintf(path, sizeof path, "%s/new", directory);
    stat(path, &newer);
    show_time("stat", newer.st_mtim, older.st_mtim);
    lstat(path, &newer);
    show_time("lstat", newer.st_mtim, older.st_mtim);
    fstatat(AT_FDCWD, path, &newer, 0);
    show_time("fstatat", newer.st_mtim, older.st_mtim);
    SHOW("changed", "%ld", (long)newer.st_ctim.tv_sec);
    int file = open(path, O_RDWR);
    fstat(file, &newer);
    show_time("fstat", newer.st_mtim, older.st_mtim);
    statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &extended);
    newer.st_mtim = (struct timespec){extended.stx_mtime.tv_sec, extended.stx_mtime.tv_nsec};
    show_time("statx", newer.st_mtim, older.st_mtim);
    old_names(path, file, older.st_mtim);
    stat("/usr/bin/env", &newer);
    SHOW("the host's files", "%ld", (long)newer.st_mtim.tv_sec);
    struct timespec both[2] = {{.tv_sec = 1000}, {.tv_sec = 2000}};
    futimens(file, both);
    fstat(file, &newer);
    SHOW("a time that was set", "%ld", (long)newer.st_mtim.tv_sec);
    clock_gettime(CLOCK_REALTIME, both);
    both[1] = both[0];
    futimens(file, both);
    fstat(file, &newer);
    SHOW("set to the clock's", "%d", newer.st_mtim.tv_nsec < 500000000);
    errno = 0;
    SHOW("no such file", "%d", stat("/nonexistent", &newer) == -1 && errno == ENOENT);
    close(file);
}

static void bytes(const char *title, const void *buffer)
{
    printf("%s=", title);
    for (int i = 0; i < 8; i++)
        printf("%02x", ((const unsigned char *)buffer)[i]);
    putchar('\n');
}

static void from_file(const char *title, const char *path)
{
    char buffer[8] = "";
    FILE *stream = fopen(path, "r");
    if (stream && fread(buffer, 1, 8, stream) == 8)
        bytes(title, buffer);
    if (stream)
        fclose(stream);
}

static void numbers(void)
{
    char buffer[512] = "", name[128], *made;
    if (getrandom(buffer, 8, 0) == 8)
        bytes("random getrandom", buffer);
    if (!getentropy(buffer, 8))
        bytes("random getentropy", buffer);
    syscall(SYS_getrandom, buffer, 8, 0);
    bytes("random getrandom by number", buffer);
    SHOW("getentropy too long", "%d", getentropy(buffer, 257) == -1 && errno == EIO);
    int file = open("/dev/urandom", O_RDONLY);
    if (read(file, buffer, 8) == 8)
        bytes("random /dev/urandom", buffer);
    close(file);
    from_file("random fopen", "/dev/urandom");
    from_file("random /dev/random", "/dev/random");
    from_file("random uuid", "/proc/sys/kernel/random/uuid");
    strcpy(name, "/tmp/deepXXXXXX");
    close(mkstemp(name));
    unlink(name);
    SHOW("random mkstemp", "%s", name);
    strcpy(name, "/tmp/deepXXXXXX.txt");
    close(mkostemps(name, 4, O_CLOEXEC));
    unlink(name);
    SHOW("random mkostemps", "%s", name);
    strcpy(name, "/tmp/deepXXXXXX");
    made = mkdtemp(name);
    rmdir(name);
    SHOW("random mkdtemp", "%s", made);
    strcpy(name, "/tmp/deepXXXXX");
    SHOW("mkstemp without a template", "%d", mkstemp(name) == -1 && errno == EINVAL);
    SHOW("random tempnam", "%s", tempnam("/tmp", "deep"));
    fflush(stdout);
    if (fork() == 0) {
        if (getrandom(buffer, 8, 0) == 8)
            bytes("random in the child", buffer);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    if (getrandom(buffer, 8, 0) == 8)
        bytes("random in the parent", buffer);
}

int main(int count, char **arguments)
{
    (void)count;
    directory = arguments[1];
    setvbuf(stdout, NULL, _IOLBF, 0);
    clocks();
    listings();
    machine();
    users();
    file_times();
    numbers();
    return 0;
}
