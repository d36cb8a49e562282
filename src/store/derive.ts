import type Database from 'better-sqlite3';
export function deriveTables(_db: Database.Database, _file: string): void {}
