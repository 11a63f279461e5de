import Foundation
import Model

/// A file for node_exporter's textfile collector, in Prometheus' text format 0.0.4.
package struct PrometheusTextfile: Hashable, Sendable {
  /// A gauge and its values.
  package struct Metric: Hashable, Sendable {
    /// One value.
    package struct Sample: Hashable, Sendable {
      /// Names and values of the labels.
      package var labels: [String: String]
      /// The value, a decimal: money and ratios stay exact until Prometheus reads them.
      package var value: String

      package init(_ value: String, labels: [String: String] = [:]) {
        self.labels = labels
        self.value = value
      }
    }

    package var name: String
    /// One sentence.
    package var help: String
    /// The values; without any, the metric is left out.
    package var samples: [Sample]

    package init(_ name: String, help: String, samples: [Sample]) {
      self.name = name
      self.help = help
      self.samples = samples
    }
  }

  private let metrics: [Metric]

  package init(_ metrics: [Metric]) { self.metrics = metrics }

  /// The file's text. Values that are no decimals are left out: one of them makes the collector drop the whole file.
  package var text: String {
    var text = ""
    for metric in metrics {
      let samples = metric.samples.filter { Self.isDecimal($0.value) }
      guard !samples.isEmpty else { continue }
      text += "# HELP \(metric.name) \(Self.escaped(metric.help))\n# TYPE \(metric.name) gauge\n"
      for sample in samples {
        let labels = sample.labels.sorted { $0.key < $1.key }
          .map { "\($0.key)=\"\(Self.escaped($0.value, quotes: true))\"" }
        text += metric.name + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}") + " \(sample.value)\n"
      }
    }
    return text
  }

  /// Writes the file, mode 0644, by renaming a whole one over it: the collector never sees half a file.
  /// - Parameter path: the file; node_exporter reads those that end in `.prom`.
  /// - Throws: `DeliveryError.unusable`.
  package func write(to path: String) throws(DeliveryError) {
    // A link to it stays one.
    let path = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    do throws(SystemError) {
      // The umask of a service is 077, and node_exporter runs as somebody else.
      try AtomicFile.write(Array(text.utf8), to: path, mode: 0o644, draft: "\(path).tmp")
    } catch {
      throw .unusable(path: path, reason: error.description.lowercased())
    }
  }

  /// Line ends of every kind are written as one: a reader in another language may take any of them for one.
  private static func escaped(_ text: String, quotes: Bool = false) -> String {
    SafeText.escaping(text) { scalar in
      switch scalar {
      case "\\": "\\\\"
      case "\"" where quotes: "\\\""
      case "\n": "\\n"
      case _ where scalar.isUnprintable: "\u{FFFD}"
      default: nil
      }
    }
  }

  private static func isDecimal(_ text: String) -> Bool {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count)
      && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
  }
}

extension PrometheusTextfile.Metric {
  /// The same for one end of what is a range.
  func end(_ name: String) -> Self {
    Self(
      "\(self.name)_\(name)", help: "\(help) Its \(name) end, where nobody knows what caches served.",
      samples: samples)
  }
}

/// The metrics of ccr-audit, by name.
extension PrometheusTextfile.Metric {
  package typealias Samples = [Sample]

  /// Cost ÷ baseline cost of a model.
  package static func ratio(_ samples: Samples) -> Self {
    Self("ccr_audit_ratio", help: "Cost divided by baseline cost over the audited day.", samples: samples)
  }

  /// What a model cost.
  package static func cost(_ samples: Samples) -> Self {
    Self("ccr_audit_cost_usd", help: "Cost of the audited day's measured requests in US dollars.", samples: samples)
  }

  /// What the baseline would have cost.
  package static func baselineCost(_ samples: Samples) -> Self {
    Self(
      "ccr_audit_baseline_cost_usd",
      help: "What the audited day's measured requests would have cost at the baseline's rates, in US dollars.",
      samples: samples)
  }

  /// Measured and priced requests ÷ requests.
  package static func coverage(_ samples: Samples) -> Self {
    Self("ccr_audit_coverage_ratio", help: "Share of requests with measured tokens and a price.", samples: samples)
  }

  /// Projected monthly baseline cost ÷ fee of a plan.
  package static func planUtilisation(_ samples: Samples) -> Self {
    Self(
      "ccr_audit_plan_utilisation_ratio", help: "Projected monthly baseline cost divided by the plan's fee.",
      samples: samples)
  }

  /// When a run last went well.
  /// - Parameter milliseconds: epoch milliseconds.
  package static func lastSuccess(milliseconds: Int64) -> Self {
    Self(
      "ccr_audit_last_success_timestamp_seconds", help: "When the daily run last ended well, in seconds since 1970.",
      samples: [Sample("\(milliseconds / 1000)")])
  }
  /// Requests by what is known of them.
  package static func requests(_ samples: Samples) -> Self {
    Self("ccr_audit_requests", help: "Requests of the audited day by what is known of them.", samples: samples)
  }

  /// The audited day, by when it began.
  /// - Parameter milliseconds: epoch milliseconds.
  package static func day(milliseconds: Int64) -> Self {
    Self(
      "ccr_audit_day_timestamp_seconds", help: "When the audited day began, in seconds since 1970.",
      samples: [Sample("\(milliseconds / 1000)")])
  }

  /// How the last run ended.
  package static func lastRunOK(_ isOK: Bool) -> Self {
    Self(
      "ccr_audit_last_run_ok", help: "1 where every step of the last daily run ended well, else 0.",
      samples: [Sample(isOK ? "1" : "0")])
  }

  /// Messages that did not arrive yet.
  package static func alerts(_ samples: Samples) -> Self {
    Self("ccr_audit_alerts", help: "Messages that wait to be sent (pending) or failed for good.", samples: samples)
  }

  /// The program.
  package static func build(version: String) -> Self {
    Self(
      "ccr_audit_build_info", help: "The program that wrote this file; always 1.",
      samples: [Sample("1", labels: ["version": version])])
  }
}
