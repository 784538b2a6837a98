/* Files that tell of this machine are read from `fixed/` instead. */

static const struct {
    const char *path, *name;
} replaced[] = {
    {"/dev/random", "random"},
    {"/dev/urandom", "random"},
    {"/etc/hostname", "hostname"},
    {"/etc/machine-id", "machine-id"},
    {"/proc/cpuinfo", "cpuinfo"},
    {"/proc/loadavg", "loadavg"},
    {"/proc/meminfo", "meminfo"},
    {"/proc/sys/kernel/hostname", "hostname"},
    {"/proc/sys/kernel/osrelease", "osrelease"},
    {"/proc/sys/kernel/random/boot_id", "uuid"},
    {"/proc/sys/kernel/random/uuid", "uuid"},
    {"/proc/sys/kernel/version", "osrelease"},
    {"/proc/version", "version"},
    {"/sys/devices/system/cpu/online", "cpus"},
    {"/sys/devices/system/cpu/possible", "cpus"},
    {"/sys/devices/system/cpu/present", "cpus"},
    {"/var/lib/dbus/machine-id", "machine-id"},
};

#define RANDOM_WINDOW (UINT64_C(4) << 20) /* half of the file: as much can be read from anywhere in the first half */

/* Returns the name of the file to read in place of a path, or NULL. */
static const char *replacement(const char *path)
{
    if (*path != '/' || !strchr("depsv", path[1] ? path[1] : '/'))
        return NULL;
    for (size_t i = 0; i < sizeof replaced / sizeof *replaced; i++)
        if (!strcmp(path, replaced[i].path))
            return world() ? replaced[i].name : NULL;
    return NULL;
}

/* Makes a file that holds a new UUID. */
static int open_uuid(int flags)
{
    unsigned char bytes[16];
    char text[40], *at = text;
    int file = memfd_create("uuid", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
    if (file < 0)
        return -1;
    fill(bytes, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80);
    for (int i = 0; i < 16; i++)
        at += sprintf(at, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", bytes[i]);
    strcpy(at, "\n");
    if (write(file, text, strlen(text)) < 0 || lseek(file, 0, SEEK_SET) < 0) {
        close(file);
        return -1;
    }
    return file;
}

/* Opens what stands for a path; -1 where nothing does. */
static int open_fixed(const char *path, int flags)
{
    const char *name = flags & (O_WRONLY | O_RDWR | O_CREAT | O_DIRECTORY | O_PATH) ? NULL : replacement(path);
    char real[sizeof directory + 64];
    int before = errno, file;
    if (!name)
        return -1;
    if (!strcmp(name, "uuid"))
        return open_uuid(flags);
    strcat(strcat(strcpy(real, directory), "/fixed/"), name);
    file = REAL(open)(real, flags & ~O_NOFOLLOW);
    if (file >= 0 && !strcmp(name, "random"))
        lseek(file, (off_t)(random_number() % RANDOM_WINDOW), SEEK_SET);
    errno = before;
    return file;
}

#define MODE_ARGUMENT \
    mode_t mode = 0; \
    if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) { \
        va_list more; \
        va_start(more, flags); \
        mode = va_arg(more, mode_t); \
        va_end(more); \
    } \
    int file = open_fixed(path, flags)

int open(const char *path, int flags, ...)
{
    MODE_ARGUMENT;
    return file >= 0 ? file : REAL(open)(path, flags, mode);
}

int openat(int where, const char *path, int flags, ...)
{
    MODE_ARGUMENT;
    return file >= 0 ? file : REAL(openat)(where, path, flags, mode);
}

static FILE *fopen_fixed(const char *path, const char *mode)
{
    int file = *mode == 'r' && !strchr(mode, '+') ? open_fixed(path, strchr(mode, 'e') ? O_CLOEXEC : 0) : -1;
    FILE *result = file < 0 ? NULL : fdopen(file, mode);
    if (file >= 0 && !result)
        close(file);
    return result;
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    FILE *file = fopen_fixed(path, mode);
    return file ? file : REAL(fopen)(path, mode);
}

#ifdef __GLIBC__
int open64(const char *path, int flags, ...)
{
    MODE_ARGUMENT;
    return file >= 0 ? file : REAL(open64)(path, flags, mode);
}

int openat64(int where, const char *path, int flags, ...)
{
    MODE_ARGUMENT;
    return file >= 0 ? file : REAL(openat64)(where, path, flags, mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    FILE *file = fopen_fixed(path, mode);
    return file ? file : REAL(fopen64)(path, mode);
}

/* What a compiler that checks buffers (_FORTIFY_SOURCE) calls when it sees two arguments. */
#define CHECKED(name) \
    int name(const char *path, int flags); \
    int name(const char *path, int flags) \
    { \
        int file = open_fixed(path, flags); \
        return file >= 0 ? file : REAL(name)(path, flags); \
    }
CHECKED(__open_2)
CHECKED(__open64_2)

#define CHECKED_AT(name) \
    int name(int where, const char *path, int flags); \
    int name(int where, const char *path, int flags) \
    { \
        int file = open_fixed(path, flags); \
        return file >= 0 ? file : REAL(name)(where, path, flags); \
    }
CHECKED_AT(__openat_2)
CHECKED_AT(__openat64_2)
#endif
