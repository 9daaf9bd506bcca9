package io.millrace.feature.expression;

/**
 * How large an expression may be. A text that is over one of these is refused when it is compiled,
 * so that no definition can stop a job by what it asks for.
 */
final class Limits {
  /** Chars of an expression. */
  static final int CHARS = 4_096;

  /** Levels of nesting. */
  static final int DEPTH = 64;

  /** Columns, literals, operators and calls of an expression. */
  static final int NODES = 1_000;

  /** Elements of a list literal. */
  static final int LIST = 256;

  /** Elements that {@code all}, {@code exists}, {@code map} and {@code filter} may run over. */
  static final int RANGE = 64;

  /** Chars of a pattern with its repeats written out. */
  static final int REGEX_UNROLLED = 4_000;

  /** Instructions of a pattern's program. */
  static final int REGEX_STEPS = 1_000;

  /** Chars of a column's text, as they are assumed in estimates. */
  static final int COLUMN_CHARS = 1_000;

  /**
   * Chars of a text that an expression makes; a longer one is refused, or null if a row makes it.
   */
  static final int TEXT_CHARS = 1 << 20;

  /** Chars of a text that is given to the CEL runtime; a longer one is null there. */
  static final int RUNTIME_CHARS = 1 << 16;

  /** Steps of one evaluation as estimated, see {@link Estimate}. */
  static final long STEPS = 100_000;

  private Limits() {}
}
