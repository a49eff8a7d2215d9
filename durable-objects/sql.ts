/** The object's SQLite: synchronous, and it counts what it writes, because rows written are what a busy fleet pays for. */
export class Sql {
  /** Rows written by all statements so far, those of index entries included. */
  rowsWritten = 0;
  readonly #storage: DurableObjectStorage;
  /** Of the last write: what was read since is still so. */
  #remembered = new Map<object, unknown>();

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  all<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row[] {
    const cursor = this.#storage.sql.exec<Row>(query, ...bindings);
    const rows = cursor.toArray();
    this.rowsWritten += cursor.rowsWritten;
    if (cursor.rowsWritten > 0) this.#remembered.clear();
    return rows;
  }

  /** What `read` answered since the last write; it reads nothing but this storage. Its answer is shared: nobody changes it. */
  remembered<T>(read: (sql: Sql) => T): T {
    if (!this.#remembered.has(read)) this.#remembered.set(read, read(this));
    return this.#remembered.get(read) as T;
  }

  first<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row | undefined {
    return this.all<Row>(query, ...bindings)[0];
  }

  run(query: string, ...bindings: SqlStorageValue[]): void {
    this.all(query, ...bindings);
  }

  /** All or nothing; a throw inside undoes it and goes on. */
  transaction<T>(work: () => T): T {
    try {
      return this.#storage.transactionSync(work);
    } catch (error) {
      this.#remembered.clear();
      throw error;
    }
  }
}
