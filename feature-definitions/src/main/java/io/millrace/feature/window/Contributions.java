package io.millrace.feature.window;

import io.millrace.feature.Row;
import io.millrace.feature.ValueType;
import io.millrace.feature.expression.Expression;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What events bring to a view, packed. A slot is a distinct pair of input and filter; a cell is a
 * distinct input of which more than the number is needed.
 *
 * <pre>
 * (slots + 7) / 8 bytes   one bit a slot, lowest first: the filter admits and the input is not null
 * 8 bytes a cell          the input, little-endian: the long, the bits of the double, 0 or 1, or
 *                         offset &lt;&lt; 32 | length of a text or vector in this array; undefined
 *                         where null or admitted by no filter
 * then                    the texts, UTF-8, and vectors, as doubles, little-endian
 * </pre>
 *
 * If no bit is set the array ends after the bits. Immutable and thread-safe.
 */
final class Contributions {
  /** A filter (null admits all) and the slots that it guards. */
  private record Filter(Expression where, int[] slots) {}

  /**
   * An input, the slots that it fills, and the place of its cell or -1.
   *
   * @param length of a vector, others count as null; 0 of all else
   */
  private record Input(Expression value, int length, int[] slots, int cell) {
    boolean isNull(Row event) {
      return value.isNull(event)
          || (length > 0 && ((List<?>) value.objectAt(event)).size() != length);
    }
  }

  /** What makes one input of several. */
  private record Source(Expression value, int length) {
    static Source inputOf(CompiledFeature feature) {
      int length = feature.isVector() ? feature.feature().parameters().k() : 0;
      return new Source(feature.input().orElseThrow(), length);
    }

    static Source categoryOf(CompiledFeature feature) {
      return new Source(feature.by().orElseThrow(), 0);
    }
  }

  private final String view;
  private final Map<String, Integer> slots = new LinkedHashMap<>();
  private final Map<Source, Integer> cells = new LinkedHashMap<>();
  private final Filter[] filters;
  private final Input[] inputs;
  private final int maskBytes;
  private final int fixedBytes;

  /**
   * @param view the view's id, for messages
   */
  Contributions(String view, List<CompiledFeature> features) {
    this.view = view;
    Map<Expression, List<Integer>> slotsOfFilter = new LinkedHashMap<>();
    Map<Source, List<Integer>> slotsOfInput = new LinkedHashMap<>();
    for (CompiledFeature feature : features) {
      if (!feature.isRatio() && !slots.containsKey(feature.source())) {
        int slot = slots.size();
        slots.put(feature.source(), slot);
        slotsOfFilter
            .computeIfAbsent(feature.where().orElse(null), filter -> new ArrayList<>())
            .add(slot);
        sourcesOf(feature)
            .forEach(s -> slotsOfInput.computeIfAbsent(s, i -> new ArrayList<>()).add(slot));
      }
    }
    this.maskBytes = (slots.size() + 7) / 8;
    for (CompiledFeature feature : features) {
      if (feature.needsValue()) {
        sourcesOf(feature).forEach(s -> cells.putIfAbsent(s, maskBytes + 8 * cells.size()));
      }
    }
    this.fixedBytes = maskBytes + 8 * cells.size();
    this.filters =
        slotsOfFilter.entrySet().stream()
            .map(filter -> new Filter(filter.getKey(), array(filter.getValue())))
            .toArray(Filter[]::new);
    this.inputs =
        slotsOfInput.entrySet().stream()
            .map(
                input ->
                    new Input(
                        input.getKey().value(),
                        input.getKey().length(),
                        array(input.getValue()),
                        cells.getOrDefault(input.getKey(), -1)))
            .toArray(Input[]::new);
  }

  /**
   * What tells where everything lies, for {@link #converted}; a line a slot, then a line a cell.
   */
  String describe() {
    StringBuilder text = new StringBuilder();
    slots.forEach((source, slot) -> text.append("slot\t").append(escaped(source)).append('\n'));
    cells.forEach(
        (source, at) ->
            text.append("cell\t")
                .append(escaped(cellName(source)))
                .append('\t')
                .append(source.value().type() == ValueType.STRING || source.length() > 0)
                .append('\n'));
    return text.toString();
  }

  private static String cellName(Source source) {
    return source.value().type() + " " + source.length() + " " + source.value().text();
  }

  private static String escaped(String text) {
    return TrackLayout.escaped(text);
  }

  /**
   * A contribution to a view of another description as one to this view. What it does not tell is
   * as if the event had brought nothing.
   */
  byte[] converted(byte[] contribution, String description) {
    // Where all lay.
    Map<String, Integer> oldSlots = new LinkedHashMap<>();
    Map<String, Integer> oldCells = new LinkedHashMap<>();
    for (String line : description.split("\n")) {
      String[] parts = line.split("\t");
      if (parts[0].equals("slot")) {
        oldSlots.put(parts[1], oldSlots.size());
      } else if (parts[0].equals("cell")) {
        oldCells.put(parts[1], oldCells.size());
      }
    }
    int oldMaskBytes = (oldSlots.size() + 7) / 8;

    // A slot is taken over if its cells can be.
    byte[] packed = new byte[fixedBytes];
    Map<Integer, Boolean> isTold = new LinkedHashMap<>();
    for (Map.Entry<String, Integer> slot : slots.entrySet()) {
      Integer old = oldSlots.get(escaped(slot.getKey()));
      isTold.put(slot.getValue(), old != null && has(contribution, old));
    }
    for (Input input : inputs) {
      if (input.cell >= 0) {
        String name = escaped(cellName(new Source(input.value, input.length)));
        Integer old = oldCells.get(name);
        if (old == null) {
          for (int slot : input.slots) {
            isTold.put(slot, false);
          }
          continue;
        }
        // What no slot took has no cells.
        boolean isFilled = false;
        for (int slot : input.slots) {
          isFilled |= isTold.get(slot);
        }
        if (!isFilled) {
          continue;
        }
        long bits = ViewState.longAt(contribution, oldMaskBytes + 8 * old);
        if (input.value.type() == ValueType.STRING || input.length > 0) {
          int at = (int) (bits >>> 32);
          byte[] bytes = Arrays.copyOfRange(contribution, at, at + ViewState.textLength(bits));
          packed = withBytes(packed, input.cell, bytes);
        } else {
          ViewState.putLong(packed, input.cell, bits);
        }
      }
    }
    boolean any = false;
    for (Map.Entry<Integer, Boolean> slot : isTold.entrySet()) {
      if (slot.getValue()) {
        packed[slot.getKey() >> 3] |= (byte) (1 << (slot.getKey() & 7));
        any = true;
      }
    }
    return any ? packed : Arrays.copyOf(packed, maskBytes);
  }

  private static List<Source> sourcesOf(CompiledFeature feature) {
    List<Source> sources = new ArrayList<>();
    feature.input().ifPresent(input -> sources.add(Source.inputOf(feature)));
    feature.by().ifPresent(by -> sources.add(Source.categoryOf(feature)));
    return sources;
  }

  private static int[] array(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The slot of the feature's input and filter. */
  int slot(CompiledFeature feature) {
    return slots.get(feature.source());
  }

  /** Where the feature's input lies, or -1 if it is only counted. */
  int cell(CompiledFeature feature) {
    return feature.input().isEmpty() ? -1 : cells.getOrDefault(Source.inputOf(feature), -1);
  }

  /** Where the feature's category lies, or -1 if it has none. */
  int byCell(CompiledFeature feature) {
    return feature.by().isEmpty() ? -1 : cells.getOrDefault(Source.categoryOf(feature), -1);
  }

  static boolean has(byte[] contribution, int slot) {
    return (contribution[slot >> 3] >> (slot & 7) & 1) != 0;
  }

  /** Packs what an event brings. */
  byte[] of(Row event) {
    // Filters first: an input that no filter admits is not evaluated.
    byte[] packed = new byte[fixedBytes];
    for (Filter filter : filters) {
      if (filter.where == null || filter.where.admits(event)) {
        for (int slot : filter.slots) {
          packed[slot >> 3] |= (byte) (1 << (slot & 7));
        }
      }
    }
    for (Input input : inputs) {
      if (hasAny(packed, input.slots)) {
        if (input.isNull(event)) {
          for (int slot : input.slots) {
            packed[slot >> 3] &= (byte) ~(1 << (slot & 7));
          }
        } else if (input.cell >= 0) {
          packed = withValue(packed, input, event);
        }
      }
    }
    for (int i = 0; i < maskBytes; i++) {
      if (packed[i] != 0) {
        return packed;
      }
    }
    return Arrays.copyOf(packed, maskBytes);
  }

  private static boolean hasAny(byte[] packed, int[] slots) {
    for (int slot : slots) {
      if (has(packed, slot)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] withValue(byte[] packed, Input input, Row event) {
    Expression value = input.value;
    if (value.type() == ValueType.STRING) {
      byte[] text = value.textAt(event).getBytes(StandardCharsets.UTF_8);
      return withBytes(packed, input.cell, text);
    }
    if (input.length > 0) {
      byte[] vector = new byte[8 * input.length];
      int at = 0;
      for (Object element : (List<?>) value.objectAt(event)) {
        ViewState.putDouble(vector, at, ((Number) element).doubleValue());
        at += 8;
      }
      return withBytes(packed, input.cell, vector);
    }
    switch (value.type()) {
      case FLOAT64 -> ViewState.putDouble(packed, input.cell, value.doubleAt(event));
      case BOOL -> ViewState.putLong(packed, input.cell, value.booleanAt(event) ? 1 : 0);
      default -> ViewState.putLong(packed, input.cell, value.longAt(event));
    }
    return packed;
  }

  private static byte[] withBytes(byte[] packed, int cell, byte[] bytes) {
    byte[] longer = Arrays.copyOf(packed, packed.length + bytes.length);
    System.arraycopy(bytes, 0, longer, packed.length, bytes.length);
    ViewState.putLong(longer, cell, (long) packed.length << 32 | bytes.length);
    return longer;
  }

  /**
   * @throws IllegalArgumentException if the bytes are too few to be a contribution to this view
   */
  void check(byte[] contribution) {
    if (contribution.length < fixedBytes) {
      boolean cut = contribution.length != maskBytes;
      for (int i = 0; i < maskBytes && !cut; i++) {
        cut = contribution[i] != 0;
      }
      if (cut) {
        throw new IllegalArgumentException(
            "a contribution to "
                + view
                + " has "
                + fixedBytes
                + " bytes or more, but this one has "
                + contribution.length
                + "; make it with the contribution method of the same view");
      }
    }
  }
}
