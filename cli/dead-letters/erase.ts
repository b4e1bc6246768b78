/** Every version of one object, as a versioned bucket keeps them; a bucket that keeps none has one. */
export interface ObjectVersions {
  /** Ids of its versions and of its delete markers, the one that is current at the end. */
  of(bucket: string, name: string): Promise<readonly string[]>;
  /** For ever. One that is gone already is no error. */
  remove(bucket: string, name: string, version: string): Promise<void>;
}

/** Looks at an object again so often: somebody may put it once more meanwhile. */
const LOOKS = 3;

/** Removes an object with all its versions, the current one last: until then it is listed. */
export async function erase(versions: ObjectVersions, bucket: string, name: string): Promise<void> {
  for (let looks = 0; looks < LOOKS; looks++) {
    const found = await versions.of(bucket, name);
    if (found.length === 0) break;
    for (const version of found) await versions.remove(bucket, name, version);
  }
}
