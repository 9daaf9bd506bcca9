package io.millrace.feature.window;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Distinct texts, by numbers from 0 on in the order in which they came. They are kept as UTF-8
 * where they lie, which must not change meanwhile. Not thread-safe.
 */
final class TextTable {
  private byte[][] arrays = new byte[8][];
  private int[] begins = new int[8];
  private int[] lengths = new int[8];
  private int[] hashes = new int[8];

  /** Open addressing: the number of a text plus one, or 0. */
  private int[] places = new int[16];

  private int size;

  int size() {
    return size;
  }

  /** The number of a text, or -1. */
  int find(byte[] bytes, int at, int length) {
    return places[placeOf(bytes, at, length, hash(bytes, at, length))] - 1;
  }

  /** The number of a text, which is added if it is not there. */
  int include(byte[] bytes, int at, int length) {
    int hash = hash(bytes, at, length);
    int place = placeOf(bytes, at, length, hash);
    if (places[place] > 0) {
      return places[place] - 1;
    }
    if (size == begins.length) {
      grow();
      place = placeOf(bytes, at, length, hash);
    }
    arrays[size] = bytes;
    begins[size] = at;
    lengths[size] = length;
    hashes[size] = hash;
    places[place] = ++size;
    return size - 1;
  }

  private void grow() {
    int larger = 2 * size;
    arrays = Arrays.copyOf(arrays, larger);
    begins = Arrays.copyOf(begins, larger);
    lengths = Arrays.copyOf(lengths, larger);
    hashes = Arrays.copyOf(hashes, larger);
    places = new int[2 * larger];
    for (int i = 0; i < size; i++) {
      int place = hashes[i] & places.length - 1;
      while (places[place] > 0) {
        place = place + 1 & places.length - 1;
      }
      places[place] = i + 1;
    }
  }

  /** Where a text is, or would be. */
  private int placeOf(byte[] bytes, int at, int length, int hash) {
    int place = hash & places.length - 1;
    while (places[place] > 0 && !isAt(places[place] - 1, bytes, at, length, hash)) {
      place = place + 1 & places.length - 1;
    }
    return place;
  }

  private boolean isAt(int i, byte[] bytes, int at, int length, int hash) {
    return hashes[i] == hash
        && Arrays.equals(arrays[i], begins[i], begins[i] + lengths[i], bytes, at, at + length);
  }

  private static int hash(byte[] bytes, int at, int length) {
    int hash = length;
    for (int i = at; i < at + length; i++) {
      hash = 31 * hash + bytes[i];
    }
    // Names that differ in their last letter only are not to follow each other.
    hash *= 0x9E3779B9;
    return hash ^ hash >>> 15;
  }

  String text(int number) {
    return new String(arrays[number], begins[number], lengths[number], StandardCharsets.UTF_8);
  }

  void write(int number, FoldWriter out) {
    out.writeBytes(arrays[number], begins[number], lengths[number]);
  }

  /** By their unsigned bytes, that is by code points. */
  int compare(int one, int other) {
    return Arrays.compareUnsigned(
        arrays[one],
        begins[one],
        begins[one] + lengths[one],
        arrays[other],
        begins[other],
        begins[other] + lengths[other]);
  }

  /** The numbers of all texts in the order of code points. */
  int[] inOrder() {
    boolean isSorted = true;
    for (int i = 1; i < size && isSorted; i++) {
      isSorted = compare(i - 1, i) < 0;
    }
    IntStream numbers = IntStream.range(0, size);
    return isSorted
        ? numbers.toArray()
        : numbers.boxed().sorted(this::compare).mapToInt(Integer::intValue).toArray();
  }
}
