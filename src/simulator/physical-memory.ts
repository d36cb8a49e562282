const PAGE_BYTES = 0x1_0000;

/**
 * What memory holds, byte by byte, of images and buffers that agents hand to each other. Never written is zero.
 * The log keeps digests of it (`memory.written`), not the bytes: they follow from the description and the seed.
 */
export class PhysicalMemory {
  private readonly pages = new Map<number, Uint8Array>();

  write(pa: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = pa + done;
      const offset = at % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - offset, bytes.length - done);
      this.page(at - offset).set(bytes.subarray(done, done + count), offset);
      done += count;
    }
  }

  fill(pa: number, size: number, value: number): void {
    for (let done = 0; done < size; ) {
      const at = pa + done;
      const offset = at % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - offset, size - done);
      const page = this.pages.get(at - offset);
      if (page !== undefined) page.fill(value, offset, offset + count);
      else if (value !== 0) this.page(at - offset).fill(value, offset, offset + count);
      done += count;
    }
  }

  read(pa: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size; ) {
      const at = pa + done;
      const offset = at % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - offset, size - done);
      const page = this.pages.get(at - offset);
      if (page !== undefined) bytes.set(page.subarray(offset, offset + count), done);
      done += count;
    }
    return bytes;
  }

  private page(start: number): Uint8Array {
    let page = this.pages.get(start);
    if (page === undefined) {
      page = new Uint8Array(PAGE_BYTES);
      this.pages.set(start, page);
    }
    return page;
  }
}
