/*
 * parse-kernel-log FILE
 *
 * Reads the kernel log as `dmesg` prints it and parses every line into a struct: time, first word, text. It
 * recognises nothing and keeps nothing.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct line {
  uint64_t t_ns;
  const char *text;
  int word_length, text_length;
};

static const char *decimal(const char *p, const char *end, uint64_t *value) {
  uint64_t v = 0;
  while (p < end && (unsigned)(*p - '0') < 10) v = v * 10 + (unsigned)(*p++ - '0');
  *value = v;
  return p;
}

static int parse_line(const char *p, const char *end, struct line *line) {
  uint64_t seconds, micros;
  if (p == end || *p++ != '[') return 0;
  while (p < end && *p == ' ') p++;
  p = decimal(p, end, &seconds);
  if (p == end || *p++ != '.') return 0;
  p = decimal(p, end, &micros);
  if (end - p < 2 || *p++ != ']' || *p++ != ' ') return 0;
  line->t_ns = seconds * 1000000000ull + micros * 1000;
  line->text = p;
  line->text_length = (int)(end - p);
  while (p < end && *p != ' ' && *p != ':') p++;
  line->word_length = (int)(p - line->text);
  return 1;
}

/* Over every byte of the text, which whoever stores or searches it has to look at as well. */
static uint64_t checksum(uint64_t sum, const struct line *line) {
  sum = sum * 31 + line->t_ns + (unsigned)line->word_length;
  for (int i = 0; i < line->text_length; i++) sum = sum * 31 + (unsigned char)line->text[i];
  return sum;
}

static char buffer[1 << 20];

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL) {
    fprintf(stderr, "usage: parse-kernel-log FILE\n");
    return 2;
  }
  long lines = 0, parsed = 0;
  uint64_t sum = 0;
  size_t kept = 0, got;
  while ((got = fread(buffer + kept, 1, sizeof buffer - kept, file)) > 0) {
    char *at = buffer, *end = buffer + kept + got, *newline;
    while ((newline = memchr(at, '\n', end - at)) != NULL) {
      struct line line;
      lines++;
      if (parse_line(at, newline, &line)) {
        parsed++;
        sum = checksum(sum, &line);
      }
      at = newline + 1;
    }
    kept = end - at;
    memmove(buffer, at, kept);
  }
  fclose(file);
  printf("{\"lines\":%ld,\"parsed\":%ld,\"checksum\":\"%016llx\"}\n", lines, parsed, (unsigned long long)sum);
  return 0;
}
