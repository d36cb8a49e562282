/*
 * measure COMMAND [ARGUMENT...]
 *
 * Runs a command and writes to file descriptor 3 what it used, as the kernel counted it: CPU time of the
 * whole process with its start-up and all its threads, time by the clock, peak memory. Every contender of
 * the benchmark runs under it, so that all are measured alike.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RESULT_FD 3

#ifdef __APPLE__
#define RSS_UNIT 1LL
#else
#define RSS_UNIT 1024LL
#endif

static pid_t child;

static void pass_on(int signal_number) {
  if (child > 0) kill(child, signal_number);
}

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double to_ms(struct timeval t) {
  return t.tv_sec * 1e3 + t.tv_usec / 1e3;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: measure COMMAND [ARGUMENT...] 3> RESULT\n");
    return 2;
  }
  fcntl(RESULT_FD, F_SETFD, FD_CLOEXEC);
  double start = now_ms();
  child = fork();
  if (child < 0) {
    perror("fork");
    return 2;
  }
  if (child == 0) {
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(127);
  }
  /* Whoever ends us wants the command to end: it is the one that has files to close. */
  signal(SIGTERM, pass_on);
  signal(SIGHUP, pass_on);
  signal(SIGINT, SIG_IGN);
  int status;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0) {
  }
  double wall = now_ms() - start;
  dprintf(RESULT_FD, "{\"user_ms\":%.3f,\"system_ms\":%.3f,\"wall_ms\":%.3f,\"max_rss_bytes\":%lld}\n",
          to_ms(usage.ru_utime), to_ms(usage.ru_stime), wall, usage.ru_maxrss * RSS_UNIT);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
