package io.millrace.feature.plan;

import io.millrace.feature.AggregationParameters;
import io.millrace.feature.WindowSpec;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What differs between two records of one type, component by component. By reflection, so that what
 * a later version adds to a definition is compared without a word here.
 */
final class Differences {
  private Differences() {}

  /**
   * Each component that differs, as {@code name: before -> after}.
   *
   * @param but names of components that are not compared
   */
  static <T extends Record> List<String> between(T before, T after, Set<String> but) {
    List<String> differences = new ArrayList<>();
    for (RecordComponent component : before.getClass().getRecordComponents()) {
      if (!but.contains(component.getName())) {
        Object was = valueOf(component, before);
        Object is = valueOf(component, after);
        if (!was.equals(is)) {
          differences.add(component.getName() + ": " + words(was) + " -> " + words(is));
        }
      }
    }
    return differences;
  }

  /** The words of each component that a record has otherwise than another, by its name. */
  static <T extends Record> Map<String, String> of(T usual, T record) {
    Map<String, String> words = new LinkedHashMap<>();
    for (RecordComponent component : usual.getClass().getRecordComponents()) {
      Object value = valueOf(component, record);
      if (!value.equals(valueOf(component, usual))) {
        words.put(component.getName(), words(value));
      }
    }
    return words;
  }

  /** A component as people say it. */
  static String words(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.map(Differences::words).orElse("none");
    } else if (value instanceof Duration duration) {
      return WindowWords.of(duration);
    } else if (value instanceof WindowSpec window) {
      return WindowWords.of(window);
    } else if (value instanceof AggregationParameters parameters) {
      String given = FeatureWords.parameters(parameters);
      return given.isEmpty() ? "none" : given;
    } else if (value instanceof Collection<?> all) {
      return all.isEmpty() ? "none" : all.toString();
    }
    return value.toString();
  }

  private static Object valueOf(RecordComponent component, Object record) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a public record has public accessors: " + component, e);
    }
  }
}
