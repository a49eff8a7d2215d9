/** The object's SQLite: synchronous, and it counts what it writes, because rows written are what a busy fleet pays for. */
export class Sql {
  /** Rows written by all statements so far, those of index entries included. */
  rowsWritten = 0;
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  all<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row[] {
    const cursor = this.#storage.sql.exec<Row>(query, ...bindings);
    const rows = cursor.toArray();
    this.rowsWritten += cursor.rowsWritten;
    return rows;
  }

  first<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row | undefined {
    return this.all<Row>(query, ...bindings)[0];
  }

  run(query: string, ...bindings: SqlStorageValue[]): void {
    this.all(query, ...bindings);
  }

  /** All or nothing; a throw inside undoes it and goes on. */
  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work);
  }
}
