import Foundation

/// What was measured on, and with which programs.
enum Machine {
  static func text(_ place: Place, _ scale: Scale) -> String {
    var versions = [
      "ccr-audit " + (first(place.program, ["--version"]) ?? "?"),
      first("/usr/bin/env", ["swift", "--version"]) ?? "Swift unknown",
      first("/usr/bin/env", ["wc", "--version"]) ?? "wc of the system",
    ]
    if let jq = place.jq { versions.append(first(jq, ["--version"]) ?? "jq") }
    if let ripgrep = place.ripgrep { versions.append(first(ripgrep, ["--version"]) ?? "rg") }
    if let python = place.duckDB {
      versions.append("DuckDB " + (first(python, ["-c", "import duckdb; print(duckdb.__version__)"]) ?? ""))
    }
    let system = first("/usr/bin/env", ["uname", "-srm"]) ?? "?"
    let memory = ProcessInfo.processInfo.physicalMemory >> 30
    let command =
      switch scale {
      case .quick: "make bench-quick"
      case .medium: "make bench LARGE=no"
      case .large: "make bench"
      }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    return """
      - command: `\(command)`; medians of \(place.repetition.runs) runs (start-up: \(place.repetition.often.runs)) after one that warms the \
      cache, the compared commands in turns
      - machine: \(processor), \(cores) cores, \(memory) GiB, \(system)
      - versions: \(versions.joined(separator: "; "))

      """
  }

  private static var processor: String {
    let known = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let line = known?.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    return name ?? first("/usr/sbin/sysctl", ["-n", "machdep.cpu.brand_string"]) ?? "processor unknown"
  }

  private static func first(_ program: String, _ arguments: [String]) -> String? {
    var command = Command(program, arguments)
    command.environment = ProcessInfo.processInfo.environment
    guard let output = try? command.run().output else { return nil }
    return String(decoding: output, as: UTF8.self).split(separator: "\n").first.map(String.init)
  }
}
