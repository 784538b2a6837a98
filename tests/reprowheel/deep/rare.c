/* Calls the less usual functions that the preloaded library of deep mode replaces; prints `name=value` lines. */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SHOW(name, format, value) printf("%s=" format "\n", name, value)

extern char *cuserid(char *);
extern int ftime(void *);
extern uint32_t arc4random(void);
extern void arc4random_buf(void *, size_t);
extern uint32_t arc4random_uniform(uint32_t);

static volatile int read_only = O_RDONLY; /* the compiler must not know: it then calls the checked functions */

static void machine(void)
{
    char buffer[64];
    double loads[3] = {1, 1, 1};
    time_t old[4];
    getdomainname(buffer, read_only + sizeof buffer);
    SHOW("getdomainname", "%s", buffer);
    gethostname(buffer, read_only + sizeof buffer);
    SHOW("gethostname", "%s", buffer);
    SHOW("gethostid", "%lx", gethostid());
    SHOW("get_phys_pages", "%ld", get_phys_pages() * sysconf(_SC_PAGESIZE));
    SHOW("get_avphys_pages", "%ld", get_avphys_pages() * sysconf(_SC_PAGESIZE));
    SHOW("sched_getcpu", "%d", sched_getcpu());
    int count = getloadavg(loads, 3);
    printf("getloadavg=%d %g %g %g\n", count, loads[0], loads[1], loads[2]);
    ftime(old);
    SHOW("ftime", "%ld", (long)old[0]);
}

static void users(void)
{
    struct passwd user, *found_user = NULL;
    struct group group, *found_group = NULL;
    char buffer[4096];
    getpwnam_r("reprowheel", &user, buffer, sizeof buffer, &found_user);
    SHOW("getpwnam_r", "%d", found_user && found_user->pw_uid == geteuid());
    getgrgid_r(getegid(), &group, buffer, sizeof buffer, &found_group);
    SHOW("getgrgid_r", "%s", found_group ? found_group->gr_name : "");
    getgrnam_r("reprowheel", &group, buffer, sizeof buffer, &found_group);
    SHOW("getgrnam_r", "%d", found_group && found_group->gr_gid == getegid());
    found_group = getgrnam("reprowheel");
    SHOW("getgrnam", "%d", found_group && found_group->gr_gid == getegid());
    SHOW("getlogin_r", "%s", getlogin_r(buffer, read_only + sizeof buffer) ? "" : buffer);
    SHOW("cuserid", "%s", cuserid(NULL));
}

static void directory(const char *path)
{
    struct dirent entry, *result;
    DIR *open = opendir(path);
    printf("readdir_r=");
    while (!readdir_r(open, &entry, &result) && result)
        printf("%s ", entry.d_name);
    putchar('\n');
    closedir(open);
}

/* Gives a file the clock's time in every way; it must come out as old as one that is made now. */
static void set_times(const char *path)
{
    struct timespec now[2];
    struct timeval micro[2];
    struct stat found;
    char name[4096];
    snprintf(name, sizeof name, "%s/set", path);
    for (int way = 0; way < 4; way++) {
        int file = open(name, O_RDWR | O_CREAT, 0600);
        clock_gettime(CLOCK_REALTIME, &now[0]);
        now[1] = now[0];
        gettimeofday(&micro[0], NULL);
        micro[1] = micro[0];
        if (way == 0)
            utimensat(AT_FDCWD, name, now, 0);
        else if (way == 1)
            utimes(name, micro);
        else if (way == 2)
            lutimes(name, micro);
        else
            futimes(file, micro);
        stat(name, &found);
        static const char *const names[] = {"utimensat", "utimes", "lutimes", "futimes"};
        printf("%s=%ld %d\n", names[way], (long)found.st_mtime, found.st_mtim.tv_nsec < 500000000);
        close(file);
        unlink(name);
    }
    micro[1].tv_sec = micro[0].tv_sec = 1000;
    close(open(name, O_RDWR | O_CREAT, 0600));
    utimes(name, micro);
    stat(name, &found);
    SHOW("another time", "%ld", (long)found.st_mtime);
    unlink(name);
}

static void numbers(void)
{
    unsigned char bytes[8] = "";
    char name[64];
    SHOW("random arc4random", "%x", arc4random());
    arc4random_buf(bytes, 8);
    printf("random arc4random_buf=%02x%02x%02x%02x\n", bytes[0], bytes[1], bytes[2], bytes[3]);
    SHOW("random arc4random_uniform", "%u", arc4random_uniform(1000000007));
    SHOW("small", "%d", arc4random_uniform(10) < 10 && arc4random_uniform(1) == 0);
    strcpy(name, "/tmp/deepXXXXXX");
    close(mkostemp(name, O_CLOEXEC));
    unlink(name);
    SHOW("random mkostemp", "%s", name);
    strcpy(name, "/tmp/deepXXXXXX.c");
    close(mkstemps(name, 2));
    unlink(name);
    SHOW("random mkstemps", "%s", name);
    strcpy(name, "/tmp/deepXXXXXX");
    SHOW("random mktemp", "%s", mktemp(name));
    SHOW("random tmpnam", "%s", tmpnam(NULL));
    SHOW("random tmpnam_r", "%s", tmpnam_r(name));
    int file = open("/dev/urandom", read_only);
    if (read(file, bytes, 4) == 4)
        printf("random open=%02x%02x%02x%02x\n", bytes[0], bytes[1], bytes[2], bytes[3]);
    file = openat(AT_FDCWD, "/dev/urandom", read_only);
    if (read(file, bytes, 4) == 4)
        printf("random openat=%02x%02x%02x%02x\n", bytes[0], bytes[1], bytes[2], bytes[3]);
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 2;
    machine();
    users();
    directory(arguments[1]);
    set_times(arguments[1]);
    numbers();
    return 0;
}
