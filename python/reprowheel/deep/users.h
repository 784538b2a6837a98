/* Whoever runs the build has the name `reprowheel` and the home directory in HOME; numbers of users are real. */
#include <grp.h>
#include <pwd.h>

static int is_user(uid_t user) { return world() && (user == getuid() || user == geteuid()); }

static int is_group(gid_t group) { return world() && (group == getgid() || group == getegid()); }

static const char *home(void)
{
    const char *found = variable("HOME");
    return found ? found : "/";
}

/* Fills an entry; `buffer` gets what is not constant. Returns 0 or ERANGE. */
static int describe_user(uid_t user, struct passwd *entry, char *buffer, size_t room)
{
    if (strlen(home()) >= room)
        return ERANGE;
    *entry = (struct passwd){
        .pw_name = (char *)USER,
        .pw_passwd = (char *)"x",
        .pw_uid = user,
        .pw_gid = getgid(),
        .pw_gecos = (char *)"",
        .pw_dir = strcpy(buffer, home()),
        .pw_shell = (char *)"/bin/sh",
    };
    return 0;
}

static struct passwd *one_user(uid_t user)
{
    static struct passwd entry;
    static char buffer[4096];
    return describe_user(user, &entry, buffer, sizeof buffer) ? NULL : &entry;
}

struct passwd *getpwuid(uid_t user) { return is_user(user) ? one_user(user) : REAL(getpwuid)(user); }

struct passwd *getpwnam(const char *name)
{
    return world() && !strcmp(name, USER) ? one_user(geteuid()) : REAL(getpwnam)(name);
}

int getpwuid_r(uid_t user, struct passwd *restrict entry, char *restrict buffer, size_t room,
               struct passwd **restrict result)
{
    if (!is_user(user))
        return REAL(getpwuid_r)(user, entry, buffer, room, result);
    int error = describe_user(user, entry, buffer, room);
    *result = error ? NULL : entry;
    return error;
}

int getpwnam_r(const char *restrict name, struct passwd *restrict entry, char *restrict buffer, size_t room,
               struct passwd **restrict result)
{
    if (!world() || strcmp(name, USER))
        return REAL(getpwnam_r)(name, entry, buffer, room, result);
    int error = describe_user(geteuid(), entry, buffer, room);
    *result = error ? NULL : entry;
    return error;
}

static char *no_members[] = {NULL};

static void describe_group(gid_t group, struct group *entry)
{
    *entry = (struct group){.gr_name = (char *)USER, .gr_passwd = (char *)"x", .gr_gid = group, .gr_mem = no_members};
}

static struct group *one_group(gid_t group)
{
    static struct group entry;
    describe_group(group, &entry);
    return &entry;
}

struct group *getgrgid(gid_t group) { return is_group(group) ? one_group(group) : REAL(getgrgid)(group); }

struct group *getgrnam(const char *name)
{
    return world() && !strcmp(name, USER) ? one_group(getegid()) : REAL(getgrnam)(name);
}

int getgrgid_r(gid_t group, struct group *restrict entry, char *restrict buffer, size_t room,
               struct group **restrict result)
{
    if (!is_group(group))
        return REAL(getgrgid_r)(group, entry, buffer, room, result);
    describe_group(group, *result = entry);
    return 0;
}

int getgrnam_r(const char *restrict name, struct group *restrict entry, char *restrict buffer, size_t room,
               struct group **restrict result)
{
    if (!world() || strcmp(name, USER))
        return REAL(getgrnam_r)(name, entry, buffer, room, result);
    describe_group(getegid(), *result = entry);
    return 0;
}

char *getlogin(void)
{
    static char name[] = USER;
    return world() ? name : REAL(getlogin)();
}

int getlogin_r(char *buffer, size_t room)
{
    if (!world())
        return REAL(getlogin_r)(buffer, room);
    if (room < sizeof USER)
        return ERANGE;
    strcpy(buffer, USER);
    return 0;
}

#ifdef __GLIBC__
int __getlogin_r_chk(char *buffer, size_t room, size_t size);
int __getlogin_r_chk(char *buffer, size_t room, size_t size)
{
    (void)size;
    return getlogin_r(buffer, room);
}
#endif

char *cuserid(char *buffer)
{
    static char name[] = USER;
    return buffer ? strcpy(buffer, USER) : name;
}
