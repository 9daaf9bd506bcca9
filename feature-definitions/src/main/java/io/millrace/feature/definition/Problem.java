package io.millrace.feature.definition;

/**
 * One mistake in a definition file.
 *
 * @param line from 1
 * @param column from 1
 * @param message what is wrong, with the value, and the fix
 */
public record Problem(String file, int line, int column, String message) {
  /** As compilers print it, so that editors can jump there: {@code file:line:column: message}. */
  @Override
  public String toString() {
    return file + ":" + line + ":" + column + ": " + message;
  }
}
