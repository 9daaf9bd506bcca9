package io.millrace.feature.window;

import java.util.ArrayList;
import java.util.List;

/**
 * The tiles of one length in a state: columns in a fixed order, after the tile's start. Windows of
 * the same resolution share a track, features of the same input share a column.
 */
final class Track {
  /** One column with its place in the tile, after the eight bytes of the tile's start. */
  record Part(Column column, int input, boolean real, int offset) {}

  private final long resolutionMs;
  private final List<Part> building = new ArrayList<>();
  private Part[] parts = new Part[0];
  private int tileBytes = Long.BYTES;
  private long longestMs;

  /**
   * @param resolutionMs the tiles' length; 0 for a lifetime's only tile
   */
  Track(long resolutionMs) {
    this.resolutionMs = resolutionMs;
  }

  long resolutionMs() {
    return resolutionMs;
  }

  boolean isLifetime() {
    return resolutionMs == 0;
  }

  /** Bytes of one tile. */
  int tileBytes() {
    return tileBytes;
  }

  Part[] parts() {
    return parts;
  }

  /** The length of the longest window over this track. */
  long longestMs() {
    return longestMs;
  }

  /** The part for a column of an input, shared if it is there already. */
  Part partFor(Column column, int input, boolean real, long lengthMs) {
    longestMs = Math.max(longestMs, lengthMs);
    for (Part part : building) {
      if (part.column() == column && part.input() == input) {
        return part;
      }
    }
    Part part = new Part(column, input, real, tileBytes);
    building.add(part);
    parts = building.toArray(Part[]::new);
    tileBytes += column.bytes();
    return part;
  }

  /** The start of the tile that holds an instant. */
  long tileStart(long timeMs) {
    return isLifetime() ? Long.MIN_VALUE : Math.floorDiv(timeMs, resolutionMs) * resolutionMs;
  }
}
