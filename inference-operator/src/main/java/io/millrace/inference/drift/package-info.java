/**
 * How far what a model sees, and how well it does, is from what it was trained on: the reference
 * that travels with a model, counts that can be added, and tests calibrated to them. Knows no
 * engine.
 */
package io.millrace.inference.drift;
