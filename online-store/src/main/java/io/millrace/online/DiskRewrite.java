package io.millrace.online;

import java.time.Duration;
import java.util.Optional;

/**
 * An {@link OnlineStore} whose servers have on disk what was deleted, until they write that anew.
 */
public interface DiskRewrite {
  /**
   * Lets all servers that hold data write anew what they have on disk, and waits for it. Takes as
   * long as writing all rows does; rows may be put and read meanwhile.
   *
   * @param patience how long
   * @return why deleted rows may still be on disk; empty if they are not
   * @throws OnlineStoreException if a server cannot be reached
   */
  Optional<String> rewriteDisk(Duration patience) throws InterruptedException;
}
