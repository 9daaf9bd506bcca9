/** What it means that a subject is erased, and how it is told without naming the subject. */
package io.millrace.feature.erasure;
