/* Starts `PROGRAM ARGUMENT` with an empty environment in the way that argv[1] names; test_deep.py runs it.
 *
 * argv: WAY PROGRAM ARGUMENT
 */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int spawner(int *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[],
                    char *const[]);

int main(int count, char **arguments)
{
    char *const *command = arguments + 2, *empty[] = {NULL}, line[4096];
    const char *way = arguments[1], *program = arguments[2];
    int status = 0;
    pid_t child = -1;
    if (count != 4)
        return 2;
    clearenv();
    snprintf(line, sizeof line, "%s %s", program, arguments[3]);
    if (!strcmp(way, "execve"))
        execve(program, command, empty);
    else if (!strcmp(way, "execve without environment"))
        execve(program, command, NULL);
    else if (!strcmp(way, "execv"))
        execv(program, command);
    else if (!strcmp(way, "execvp"))
        execvp(program, command);
    else if (!strcmp(way, "execvpe"))
        execvpe(program, command, empty);
    else if (!strcmp(way, "execl"))
        execl(program, program, arguments[3], NULL);
    else if (!strcmp(way, "execlp"))
        execlp(program, program, arguments[3], NULL);
    else if (!strcmp(way, "execle"))
        execle(program, program, arguments[3], NULL, empty);
    else if (!strcmp(way, "fexecve"))
        fexecve(open(program, O_RDONLY), command, empty);
    else if (!strcmp(way, "execveat"))
        execveat(AT_FDCWD, program, command, empty, 0);
    else if (!strcmp(way, "posix_spawn"))
        posix_spawn(&child, program, NULL, NULL, command, empty);
    else if (!strcmp(way, "posix_spawnp"))
        posix_spawnp(&child, program, NULL, NULL, command, empty);
    else if (!strncmp(way, "pidfd_spawn", 11)) { /* glibc 2.39 and newer */
        spawner *spawn = (spawner *)dlsym(RTLD_DEFAULT, way);
        int handle = 0;
        if (spawn)
            spawn(&handle, program, NULL, NULL, command, empty);
        else
            posix_spawn(&child, program, NULL, NULL, command, empty);
        if (handle)
            wait(&status);
    } else if (!strcmp(way, "vfork")) {
        child = vfork();
        if (child == 0) {
            execve(program, command, empty);
            _exit(1);
        }
    } else if (!strcmp(way, "system"))
        status = system(line);
    else if (!strcmp(way, "popen")) {
        FILE *pipe = popen(line, "r");
        while (fgets(line, sizeof line, pipe))
            fputs(line, stdout);
        pclose(pipe);
    } else
        return 2;
    if (child > 0)
        waitpid(child, &status, 0);
    return status != 0;
}
