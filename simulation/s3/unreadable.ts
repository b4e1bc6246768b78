/** Objects that cannot be read for now, though the others of their bucket can: each read of one fails alike. */
export class Unreadable {
  /** Reads that failed so. */
  reads = 0;
  /** Of `<bucket>/<name>`. */
  isSo: (path: string) => boolean = () => false;

  has(path: string): boolean {
    const isSo = this.isSo(path);
    if (isSo) this.reads++;
    return isSo;
  }
}
