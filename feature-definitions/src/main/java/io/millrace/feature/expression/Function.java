package io.millrace.feature.expression;

import io.millrace.feature.ValueType;
import java.util.ArrayList;
import java.util.List;

/**
 * A function of expressions, as the compiler calls it and as docs/expressions.md shows it.
 *
 * @param name the name, that of CEL or of its extensions where those have the function
 * @param alias a second name, or empty
 * @param group the heading under which it is documented
 * @param sentence what it is, and where it is null though its arguments are not
 * @param example an expression, with its value
 * @param overloads none if the CEL runtime runs it
 */
record Function(
    String name,
    String alias,
    String group,
    String sentence,
    String example,
    List<Overload> overloads) {

  /** Compiles a call whose arguments are of the overload's types. */
  @FunctionalInterface
  interface Maker {
    /**
     * @throws IllegalArgumentException if a literal argument is wrong, saying why
     */
    Closure of(List<Closure> arguments);
  }

  /** What an argument may be. */
  enum Parameter {
    /** INT64 or TIMESTAMP. */
    INT64,
    /** FLOAT64, or an integer that is widened. */
    FLOAT64,
    STRING,
    BOOL,
    /** A value of any type. */
    ANY,
    INT64_LITERAL,
    STRING_LITERAL,
    /** A list of number literals. */
    NUMBERS;

    boolean isLiteral() {
      return this == INT64_LITERAL || this == STRING_LITERAL || this == NUMBERS;
    }

    private boolean takes(Closure argument, boolean widen) {
      return switch (this) {
        case INT64 -> argument.isInteger();
        case FLOAT64 -> argument.type() == ValueType.FLOAT64 || (widen && argument.isInteger());
        case STRING -> argument.type() == ValueType.STRING;
        case BOOL -> argument.type() == ValueType.BOOL;
        case ANY -> argument.type() != null;
        case INT64_LITERAL -> argument.isInteger();
        case STRING_LITERAL -> argument.type() == ValueType.STRING;
        case NUMBERS -> argument.isList();
      };
    }

    /** As it is written in the reference. */
    String words() {
      return switch (this) {
        case ANY -> "any";
        case INT64_LITERAL -> "literal INT64";
        case STRING_LITERAL -> "literal STRING";
        case NUMBERS -> "list of literal numbers";
        default -> name();
      };
    }
  }

  /**
   * One list of parameter types.
   *
   * @param names the parameters' names
   * @param result null if it is that of the arguments
   * @param variadic whether the last parameter may be given more than once
   */
  record Overload(
      List<String> names,
      List<Parameter> parameters,
      boolean variadic,
      ValueType result,
      Maker maker) {

    /**
     * The arguments made fit for these parameters, or null if they are not.
     *
     * @param widen whether an integer may stand for a FLOAT64
     */
    List<Closure> fit(List<Closure> arguments, boolean widen) {
      if (arguments.size() < parameters.size()
          || (arguments.size() > parameters.size() && !variadic)) {
        return null;
      }
      List<Closure> fit = new ArrayList<>();
      for (int i = 0; i < arguments.size(); i++) {
        Parameter parameter = parameters.get(Math.min(i, parameters.size() - 1));
        if (!parameter.takes(arguments.get(i), widen)) {
          return null;
        }
        fit.add(parameter == Parameter.FLOAT64 ? arguments.get(i).widened() : arguments.get(i));
      }
      return fit;
    }
  }

  /**
   * @param signature such as {@code "text: STRING, start: INT64"}; a name that ends in {@code ...}
   *     may be given more than once
   */
  static Overload overload(String signature, ValueType result, Maker maker) {
    List<String> names = new ArrayList<>();
    List<Parameter> parameters = new ArrayList<>();
    boolean variadic = false;
    for (String parameter : signature.split(", ")) {
      String[] parts = parameter.split(": ");
      variadic = parts[0].endsWith("...");
      names.add(parts[0]);
      parameters.add(Parameter.valueOf(parts[1]));
    }
    return new Overload(List.copyOf(names), List.copyOf(parameters), variadic, result, maker);
  }

  static Function of(
      String names, String group, String sentence, String example, Overload... overloads) {
    String[] both = names.split(" ");
    return new Function(
        both[0], both.length > 1 ? both[1] : "", group, sentence, example, List.of(overloads));
  }

  /** Whether only the CEL runtime has it. */
  boolean isOfTheRuntime() {
    return overloads.isEmpty();
  }

  /**
   * The compiled call, or null if no overload takes such arguments.
   *
   * @throws IllegalArgumentException if a literal argument is wrong, saying why
   */
  Closure call(List<Closure> arguments) {
    for (boolean widen : new boolean[] {false, true}) {
      for (Overload overload : overloads) {
        List<Closure> fit = overload.fit(arguments, widen);
        if (fit != null) {
          return overload.maker().of(fit);
        }
      }
    }
    return null;
  }
}
