/* Keeps the library preloaded in every process that a build starts, without a trace in the environment they see. */

static char self[4096];   /* path of this library */
static char entry[4200];  /* LD_PRELOAD=self */

__attribute__((constructor)) static void start(void)
{
    Dl_info info;
    if (!dladdr((void *)start, &info) || !info.dli_fname || strlen(info.dli_fname) >= sizeof self)
        return;
    strcpy(self, info.dli_fname);
    strcat(strcpy(entry, PRELOAD), self);
    char *value = getenv("LD_PRELOAD");
    char *mine = value ? strstr(value, self) : NULL;
    if (!mine)
        return;
    if (mine == value) {
        unsetenv("LD_PRELOAD");
    } else {  /* ours is the last of several */
        char others[8192];
        size_t length = (size_t)(mine - value) - 1;
        if (length < sizeof others) {
            memcpy(others, value, length);
            others[length] = 0;
            setenv("LD_PRELOAD", others, 1);
        }
    }
}

/* Number of slots and bytes that `preloaded` needs for an environment. */
static size_t slots(char *const envp[])
{
    size_t n = 0;
    while (envp && envp[n])
        n++;
    return n + 2;
}

static size_t room(char *const envp[])
{
    size_t size = sizeof entry + 2;
    for (size_t i = 0; envp && envp[i]; i++)
        if (!strncmp(envp[i], PRELOAD, sizeof PRELOAD - 1))
            size += strlen(envp[i]);
    return size;
}

/* Copies an environment with this library at the end of LD_PRELOAD; runs between vfork and exec, so no malloc. */
static char **preloaded(char *const envp[], char **copy, char *text)
{
    size_t n = 0;
    strcpy(text, entry);
    for (size_t i = 0; envp && envp[i]; i++) {
        if (strncmp(envp[i], PRELOAD, sizeof PRELOAD - 1))
            copy[n++] = envp[i];
        else if (strstr(envp[i], self))
            strcpy(text, envp[i]);
        else if (envp[i][sizeof PRELOAD - 1])
            strcat(strcat(strcpy(text, envp[i]), ":"), self);
    }
    if (*self)
        copy[n++] = text;
    copy[n] = NULL;
    return copy;
}

#define WITH_PRELOAD(envp) preloaded(envp, __builtin_alloca(slots(envp) * sizeof(char *)), __builtin_alloca(room(envp)))

int execve(const char *path, char *const argv[], char *const envp[])
{
    return NEXT(execve)(path, argv, WITH_PRELOAD(envp));
}

int execv(const char *path, char *const argv[]) { return execve(path, argv, environ); }

int execvpe(const char *file, char *const argv[], char *const envp[])
{
    return NEXT(execvpe)(file, argv, WITH_PRELOAD(envp));
}

int execvp(const char *file, char *const argv[]) { return execvpe(file, argv, environ); }

int fexecve(int fd, char *const argv[], char *const envp[])
{
    return NEXT(fexecve)(fd, argv, WITH_PRELOAD(envp));
}

#define COLLECT(first)                                                  \
    va_list list, again;                                                \
    size_t count = 1;                                                   \
    va_start(list, first);                                              \
    va_copy(again, list);                                               \
    while (va_arg(list, char *))                                        \
        count++;                                                        \
    char **argv = __builtin_alloca((count + 1) * sizeof(char *));       \
    argv[0] = (char *)first;                                            \
    for (size_t i = 1; i <= count; i++)                                 \
        argv[i] = va_arg(again, char *);                                \
    va_end(again)

int execl(const char *path, const char *arg, ...)
{
    COLLECT(arg);
    va_end(list);
    return execve(path, argv, environ);
}

int execlp(const char *file, const char *arg, ...)
{
    COLLECT(arg);
    va_end(list);
    return execvpe(file, argv, environ);
}

int execle(const char *path, const char *arg, ...)
{
    COLLECT(arg);
    char **envp = va_arg(list, char **);
    va_end(list);
    return execve(path, argv, envp);
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
                char *const argv[], char *const envp[])
{
    return NEXT(posix_spawn)(pid, path, actions, attr, argv, WITH_PRELOAD(envp));
}

int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
                 char *const argv[], char *const envp[])
{
    return NEXT(posix_spawnp)(pid, file, actions, attr, argv, WITH_PRELOAD(envp));
}

/* These start a shell inside the C library, with the environment as it is at that moment. */
#define IN_PRELOADED_ENVIRONMENT(type, call)                            \
    char **before = environ;                                            \
    environ = WITH_PRELOAD(before);                                     \
    type result = call;                                                 \
    environ = before;                                                   \
    return result

int system(const char *command) { IN_PRELOADED_ENVIRONMENT(int, NEXT(system)(command)); }

FILE *popen(const char *command, const char *mode) { IN_PRELOADED_ENVIRONMENT(FILE *, NEXT(popen)(command, mode)); }
