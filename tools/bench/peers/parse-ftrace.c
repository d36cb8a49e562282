/*
 * parse-ftrace FILE
 *
 * Reads ftrace text and parses every line into a struct: task, PID, CPU, flags, time, which event, all of its
 * numbers. It keeps nothing: what it costs is about the least that looking at every byte of the text can cost.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NUMBERS 10

enum kind { OTHER, PAGES_MAPPED, MAPPED, UNMAPPED, REQUESTED, RETURNED };

struct event {
  const char *comm;
  const char *flags;
  int comm_length, flags_length, pid, cpu, count;
  enum kind kind;
  uint64_t t_ns;
  uint64_t numbers[MAX_NUMBERS];
};

struct cursor {
  const char *at, *end;
};

static inline int decimal(struct cursor *c, uint64_t *value) {
  const char *p = c->at;
  int negative = p < c->end && *p == '-';
  if (negative) p++;
  const char *start = p;
  uint64_t v = 0;
  while (p < c->end && (unsigned)(*p - '0') < 10) v = v * 10 + (unsigned)(*p++ - '0');
  if (p == start) return 0;
  c->at = p;
  *value = negative ? -v : v;
  return 1;
}

static signed char digit_of[256];

static inline int hexadecimal(struct cursor *c, uint64_t *value) {
  const char *p = c->at;
  uint64_t v = 0;
  while (p < c->end && digit_of[(unsigned char)*p] >= 0) v = v << 4 | (unsigned)digit_of[(unsigned char)*p++];
  if (p == c->at) return 0;
  c->at = p;
  *value = v;
  return 1;
}

#define LITERAL(c, text) literal(c, text, sizeof text - 1)
static inline int literal(struct cursor *c, const char *text, size_t length) {
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, text, length) != 0) return 0;
  c->at += length;
  return 1;
}

#define HEX(text) (LITERAL(c, text) && hexadecimal(c, &e->numbers[e->count]) && ++e->count)
#define DEC(text) (LITERAL(c, text) && decimal(c, &e->numbers[e->count]) && ++e->count)

/* Fields of each event, as the kernel's format strings have them; 0 when the body is something else. */
static int parse_body(struct cursor *c, struct event *e) {
  switch (e->kind) {
    case PAGES_MAPPED:
      return LITERAL(c, "(arm_lpae_map_pages+0x0/") && HEX("0x") && HEX(") iova=0x") && HEX(" pa=0x") &&
             HEX(" pgsz=0x") && DEC(" cnt=") && HEX(" prot=0x");
    case MAPPED:
      return HEX("IOMMU: iova=0x") && HEX(" - 0x") && HEX(" paddr=0x") && DEC(" size=");
    case UNMAPPED:
      return HEX("IOMMU: iova=0x") && HEX(" - 0x") && DEC(" size=") && DEC(" unmapped_size=");
    case REQUESTED:
      if (!(HEX("smc_id:0x") && HEX(" svc_id:0x") && HEX(" cmd_id:0x") && DEC(" args_cnt:") && LITERAL(c, " args:{")))
        return 0;
      while (e->count < MAX_NUMBERS && HEX("0x")) LITERAL(c, ",");
      return LITERAL(c, "}");
    case RETURNED:
      return HEX("smc_id:0x") && DEC(", ret:") && HEX(" res_to_callee:0x") && HEX(" res0:0x") && HEX(" res1:0x") &&
             HEX(" res2:0x");
    default:
      return 0;
  }
}

#define IS(text) (length == sizeof text - 1 && memcmp(name, text, sizeof text - 1) == 0)
static enum kind kind_of(const char *name, size_t length) {
  if (IS("lpae_map")) return PAGES_MAPPED;
  if (IS("map")) return MAPPED;
  if (IS("unmap")) return UNMAPPED;
  if (IS("scm_smc_request")) return REQUESTED;
  if (IS("scm_smc_done")) return RETURNED;
  return OTHER;
}

static inline void skip_spaces(struct cursor *c) {
  while (c->at < c->end && *c->at == ' ') c->at++;
}

static int parse_line(const char *start, const char *end, struct event *e) {
  struct cursor c = {start, end};
  uint64_t value, seconds;
  skip_spaces(&c);
  e->comm = c.at;
  const char *open = memchr(c.at, '[', end - c.at);
  if (open == NULL) return 0;
  const char *dash = open;
  while (dash > c.at && *dash != '-') dash--;
  if (dash == c.at) return 0;
  e->comm_length = (int)(dash - e->comm);
  c.at = dash + 1;
  if (!decimal(&c, &value)) return 0;
  e->pid = (int)value;
  c.at = open + 1;
  if (!decimal(&c, &value) || !LITERAL(&c, "]")) return 0;
  e->cpu = (int)value;
  skip_spaces(&c);
  e->flags = c.at;
  while (c.at < end && *c.at != ' ') c.at++;
  e->flags_length = (int)(c.at - e->flags);
  skip_spaces(&c);
  if (!decimal(&c, &seconds) || !LITERAL(&c, ".") || !decimal(&c, &value) || !LITERAL(&c, ": ")) return 0;
  e->t_ns = seconds * 1000000000ull + value * 1000;
  const char *name = c.at;
  while (c.at < end && *c.at != ':') c.at++;
  e->kind = kind_of(name, c.at - name);
  e->count = 0;
  return LITERAL(&c, ": ") && parse_body(&c, e) && c.at == end;
}

static uint64_t checksum(uint64_t sum, const struct event *e) {
  sum = sum * 31 + e->t_ns + (unsigned)e->pid + (unsigned)e->cpu + e->kind;
  sum += (unsigned char)e->comm[0] + e->comm_length + (unsigned char)e->flags[0] + e->flags_length;
  for (int i = 0; i < e->count; i++) sum = sum * 31 + e->numbers[i];
  return sum;
}

static char buffer[1 << 20];

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL) {
    fprintf(stderr, "usage: parse-ftrace FILE\n");
    return 2;
  }
  memset(digit_of, -1, sizeof digit_of);
  for (int d = 0; d < 10; d++) digit_of['0' + d] = d;
  for (int d = 0; d < 6; d++) digit_of['a' + d] = digit_of['A' + d] = 10 + d;
  long lines = 0, parsed = 0;
  uint64_t sum = 0;
  size_t kept = 0, got;
  while ((got = fread(buffer + kept, 1, sizeof buffer - kept, file)) > 0) {
    char *at = buffer, *end = buffer + kept + got, *newline;
    while ((newline = memchr(at, '\n', end - at)) != NULL) {
      struct event event;
      lines++;
      if (*at != '#' && parse_line(at, newline, &event)) {
        parsed++;
        sum = checksum(sum, &event);
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
