/** The window maths: one packed value a key and view, and what it is worth as of an instant. */
package io.millrace.feature.window;
