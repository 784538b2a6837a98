/* Lists directories, opens temporary files, draws numbers and forks in eight threads at once; ends with `done`.
 *
 * argv: DIRECTORY with the files a to e
 */
#undef _GNU_SOURCE
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *directory;

static void look(void)
{
    char seen[16] = "";
    DIR *open = opendir(directory);
    for (struct dirent *entry; (entry = readdir(open));)
        if (entry->d_name[0] != '.' && strlen(seen) < sizeof seen - 1)
            strcat(seen, entry->d_name);
    closedir(open);
    if (strcmp(seen, "abcde"))
        abort();
}

static void *work(void *number)
{
    for (int i = 0; i < 60; i++) {
        char name[4096];
        look();
        snprintf(name, sizeof name, "%s/.XXXXXX", directory);
        int file = mkstemp(name);
        if (file < 0 || time(NULL) == 0 || getrandom(name + sizeof name - 8, 8, 0) != 8)
            abort();
        close(file);
        unlink(name);
        if (i % 10 == (long)number % 10) {
            pid_t child = fork();
            if (child == 0) {
                look();
                _exit(0);
            }
            int status = 1;
            if (child < 0 || waitpid(child, &status, 0) != child || status)
                abort();
        }
    }
    return NULL;
}

int main(int count, char **arguments)
{
    pthread_t threads[8];
    if (count != 2)
        return 2;
    directory = arguments[1];
    for (long i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    puts("done");
    return 0;
}
