/*
 * insert-rows FILE COUNT
 *
 * Inserts COUNT rows of ten integer columns into a fresh SQLite file, in the fastest way that SQLite's own
 * documentation knows and at the durability of a boot history: one prepared statement, large transactions,
 * a write-ahead log with synchronous = NORMAL, all of it checkpointed into the file at the end. Rows are made
 * a batch at a time, and only their insertion counts.
 */
#define _GNU_SOURCE
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH 4096
/* As many rows between two commits as a boot history has events. */
#define BATCHES_PER_COMMIT 16
#define COLUMNS 10

static int64_t rows[BATCH][COLUMNS];
static uint64_t random_state = 88172645463325252ull;

static uint32_t random_below(uint32_t limit) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 32) % limit;
}

static double cpu_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int64_t random_leaf(void) {
  return (int64_t)random_below(16) << 32 | (int64_t)random_below(1 << 20) << 12 | 0xf47 | (random_below(2) ? 0x80 : 0);
}

/* The events of contenders/page-table-traffic.ts as rows: one descriptor of a page table changes. */
static void fill(int64_t (*batch)[COLUMNS], int count, int64_t *t_ns, int64_t seq) {
  for (int i = 0; i < count; i++, seq++) {
    int64_t *row = batch[i];
    int64_t table = random_below(1 << 16);
    int64_t index = random_below(512);
    uint32_t change = random_below(4);
    *t_ns += 200 + random_below(4000);
    row[0] = *t_ns;
    row[1] = random_below(2);
    row[2] = random_below(4);
    row[3] = seq - random_below(64) - 1;
    row[4] = 0x80000000 + (table << 12);
    row[5] = index;
    row[6] = 3;
    row[7] = change < 2 ? 0 : random_leaf();
    row[8] = change == 2 ? 0 : random_leaf();
    row[9] = ((table & 0x7ff) << 21) | (index << 12);
  }
}

static sqlite3 *db;

static void check(int code, int wanted) {
  if (code == wanted) return;
  fprintf(stderr, "insert-rows: %s\n", sqlite3_errmsg(db));
  exit(1);
}

static void run(const char *sql) {
  check(sqlite3_exec(db, sql, 0, 0, 0), SQLITE_OK);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: insert-rows FILE COUNT\n");
    return 2;
  }
  int64_t count = atoll(argv[2]);
  int64_t t_ns = 0;
  double used = -cpu_ms();
  check(sqlite3_open(argv[1], &db), SQLITE_OK);
  run("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
      "PRAGMA wal_autocheckpoint = 2000;"
      "CREATE TABLE entry_written (t_ns INTEGER, agent INTEGER, subject INTEGER, cause INTEGER,"
      " table_pa INTEGER, entry INTEGER, level INTEGER, old INTEGER, new INTEGER, iova INTEGER) STRICT");
  sqlite3_stmt *insert;
  check(sqlite3_prepare_v2(db, "INSERT INTO entry_written VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", -1, &insert, 0),
        SQLITE_OK);
  used += cpu_ms();
  for (int64_t done = 0, batches = 0; done < count;) {
    int batch = count - done < BATCH ? (int)(count - done) : BATCH;
    fill(rows, batch, &t_ns, done + 1);
    used -= cpu_ms();
    if (batches % BATCHES_PER_COMMIT == 0) run("BEGIN IMMEDIATE");
    for (int i = 0; i < batch; i++) {
      for (int column = 0; column < COLUMNS; column++) sqlite3_bind_int64(insert, column + 1, rows[i][column]);
      check(sqlite3_step(insert), SQLITE_DONE);
      sqlite3_reset(insert);
    }
    done += batch;
    if (++batches % BATCHES_PER_COMMIT == 0 || done == count) run("COMMIT");
    used += cpu_ms();
  }
  used -= cpu_ms();
  sqlite3_finalize(insert);
  run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
  check(sqlite3_close(db), SQLITE_OK);
  used += cpu_ms();
  printf("{\"rows\":%lld,\"phase_cpu_ms\":%.3f,\"sqlite\":\"%s\"}\n", (long long)count, used, sqlite3_libversion());
  return 0;
}
