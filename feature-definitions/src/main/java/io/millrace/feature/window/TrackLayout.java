package io.millrace.feature.window;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where what lies in a tile: the heads, then the columns in the order of their ids, 8 bytes each.
 *
 * @param tiling which tiles these are, in words
 * @param heads how many numbers come before the columns
 */
record TrackLayout(String tiling, int heads, List<Columns> columns) {
  private static final Pattern ALIGNED = Pattern.compile("kind=ALIGNED, lengthMs=(\\d+)");

  TrackLayout {
    columns = List.copyOf(columns);
  }

  /** Where the first of the columns lies in a tile, in bytes. */
  int placeOf(Columns wanted) {
    int place = heads;
    for (Columns one : columns) {
      if (one.equals(wanted)) {
        return 8 * place;
      }
      place += one.size();
    }
    throw new IllegalArgumentException(tiling + " has no columns " + wanted.id());
  }

  int tileBytes() {
    return 8 * (heads + columns.stream().mapToInt(Columns::size).sum());
  }

  /** Where in a tile there are references to texts, in bytes. */
  int[] textPlaces() {
    return columns.stream()
        .filter(one -> one.textColumn() >= 0)
        .mapToInt(one -> placeOf(one) + 8 * one.textColumn())
        .toArray();
  }

  /** Of what the starts of tiles are multiples; 1 where any; 0 where they need not ascend. */
  long unitOfStarts() {
    Matcher aligned = ALIGNED.matcher(tiling);
    return aligned.find() ? Long.parseLong(aligned.group(1)) : 0;
  }

  /** What the 64 bits of each number of a tile stand for, see {@link PackedColumn}. */
  int[] columnViews() {
    int[] views = new int[tileBytes() / 8];
    int place = heads;
    for (Columns one : columns) {
      for (int i = 0; i < one.size(); i++) {
        views[place++] = one.viewOf(i);
      }
    }
    return views;
  }

  /** One line a track: the tiling, the heads, and id, size and text column of each; by tabs. */
  static String describe(List<TrackLayout> tracks) {
    StringBuilder text = new StringBuilder();
    for (TrackLayout track : tracks) {
      text.append(escaped(track.tiling)).append('\t').append(track.heads);
      for (Columns one : track.columns) {
        text.append('\t').append(escaped(one.id()));
        text.append('\t').append(one.size()).append('\t').append(one.textColumn());
      }
      text.append('\n');
    }
    return text.toString();
  }

  /**
   * What {@link #describe} described.
   *
   * @throws IllegalArgumentException if it is no such text
   */
  static List<TrackLayout> parse(String description) {
    List<TrackLayout> tracks = new ArrayList<>();
    for (String line : description.split("\n")) {
      if (line.isEmpty()) {
        continue;
      }
      String[] parts = line.split("\t");
      if (parts.length < 2 || parts.length % 3 != 2) {
        throw new IllegalArgumentException("this is no layout of a state: " + line);
      }
      List<Columns> columns = new ArrayList<>();
      for (int i = 2; i < parts.length; i += 3) {
        columns.add(
            new Columns(
                unescaped(parts[i]),
                Integer.parseInt(parts[i + 1]),
                Integer.parseInt(parts[i + 2])));
      }
      tracks.add(new TrackLayout(unescaped(parts[0]), Integer.parseInt(parts[1]), columns));
    }
    return tracks;
  }

  static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n");
  }

  private static String unescaped(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        i++;
        c = text.charAt(i) == 't' ? '\t' : text.charAt(i) == 'n' ? '\n' : '\\';
      }
      plain.append(c);
    }
    return plain.toString();
  }
}
