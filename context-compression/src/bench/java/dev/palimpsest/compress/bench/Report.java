package dev.palimpsest.compress.bench;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The figures as a table and as JSON. */
final class Report {
  private Report() {}

  static void print(Figures full, List<Figures> figures) {
    System.out.printf(
        Locale.ROOT,
        "%n%d questions; load %.2f; bytes are those of keys, values, biases and positions%n",
        full.questions(),
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    System.out.printf(
        "%-26s %5s %7s %7s %8s %8s %8s %8s %9s %7s %8s%n",
        "method", "ratio", "right", "same", "KL", "log p", "output", "mass", "B/token", "real",
        "seconds");
    line(full, full);
    for (Figures each : figures) {
      line(each, full);
    }
  }

  private static void line(Figures each, Figures full) {
    System.out.printf(
        Locale.ROOT,
        "%-26s %5.0f %6.1f%% %6.1f%% %8.4f %8.3f %8.3f %8.3f %9.0f %6.1fx %8.2f%n",
        each.method(),
        each.ratio(),
        100 * each.accuracy(),
        100 * each.agreement(),
        each.meanDivergence(),
        each.meanLogProbability(),
        each.outputError(),
        each.massError(),
        each.bytesPerToken(),
        full.bytesPerToken() / each.bytesPerToken(),
        each.secondsPerText());
  }

  static String json(Options options, Figures full, List<Figures> figures) {
    List<String> rows = new ArrayList<>();
    rows.add(row(full));
    figures.forEach(each -> rows.add(row(each)));
    return String.format(
        Locale.ROOT,
        "{\"seed\":%d,\"texts\":%d,\"facts\":%d,\"queries\":\"%s\",\"questions\":%d,\"arms\":[%s]}",
        options.seed(),
        options.texts(),
        options.facts(),
        options.queries(),
        full.questions(),
        String.join(",", rows));
  }

  private static String row(Figures each) {
    return String.format(
        Locale.ROOT,
        "{\"method\":\"%s\",\"ratio\":%.0f,\"accuracy\":%.4f,\"agreement\":%.4f,\"kl\":%.6f,"
            + "\"log_probability\":%.5f,\"output_error\":%.5f,\"mass_error\":%.5f,"
            + "\"bytes_per_token\":%.1f,\"seconds\":%.3f}",
        each.method(),
        each.ratio(),
        each.accuracy(),
        each.agreement(),
        each.meanDivergence(),
        each.meanLogProbability(),
        each.outputError(),
        each.massError(),
        each.bytesPerToken(),
        each.secondsPerText());
  }
}
