import type Database from 'better-sqlite3';

/**
 * Runs queries within one transaction that only reads: they see one state of the file, and none of them has to lock it
 * and see what others did meanwhile, which costs more than the search for a row. No others write to the file until then
 * where it has no write-ahead log, so it is for work that ends soon.
 */
export function withinOneRead<T>(db: Database.Database, action: () => T): T {
  return db.inTransaction ? action() : db.transaction(action)();
}
