/** What changes between two sets of definitions, and what of it breaks someone. */
package io.millrace.feature.plan;
