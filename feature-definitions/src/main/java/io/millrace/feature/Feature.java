package io.millrace.feature;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One value of a view.
 *
 * @param input an expression over the event, or {@code *} for all events where only their number or
 *     time counts; of RATIO a feature of the same view
 * @param parameters what the aggregation needs beside its input
 * @param where a BOOL expression over the event that admits it; null does not admit
 * @param defaultValue what stands for null, as text of the feature's type
 * @param description one sentence for people; may be empty
 */
public record Feature(
    String name,
    Aggregation aggregation,
    String input,
    AggregationParameters parameters,
    Optional<String> where,
    WindowSpec window,
    Optional<String> defaultValue,
    String description) {
  private static final Pattern WORD = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /** A feature whose aggregation needs only its input. */
  public Feature(
      String name,
      Aggregation aggregation,
      String input,
      Optional<String> where,
      WindowSpec window,
      Optional<String> defaultValue,
      String description) {
    this(
        name,
        aggregation,
        input,
        AggregationParameters.NONE,
        where,
        window,
        defaultValue,
        description);
  }

  /** The words of its expressions: the names of all columns that it reads are among them. */
  public Set<String> words() {
    Set<String> words = new HashSet<>();
    String by = parameters.by().orElse("");
    Matcher matcher = WORD.matcher(input + " " + by + " " + where.orElse(""));
    while (matcher.find()) {
      words.add(matcher.group());
    }
    return words;
  }
}
