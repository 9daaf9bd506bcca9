/** Definition files: YAML to checked definitions, with every mistake at its place. */
package io.millrace.feature.definition;
