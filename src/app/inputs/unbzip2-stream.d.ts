declare module 'unbzip2-stream' {
  /** A stream of the old kind: whatever is written has gone through when `write` returns. */
  interface Unbzip2Stream {
    on(event: 'data', listener: (bytes: Uint8Array) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    write(bytes: Uint8Array): boolean;
    end(): void;
  }
  function unbzip2(): Unbzip2Stream;
  export = unbzip2;
}
