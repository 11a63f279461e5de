import Model
import Reading

/// The files that a command line names beside what it works on. A command that is proposed to whoever wrote it works on the
/// same ones.
struct NamedFiles {
  private var options: [(name: String, value: String)] = []

  /// - Parameter arguments: a command line without the program's name.
  init(_ arguments: [String]) {
    // Of an import, `--history` is a flag.
    let isImport = arguments.starts(with: ["pricing", "import"])
    let names = ["--config", "--ledger", "--pricing"] + (isImport ? [] : ["--history"])
    let arguments = arguments.prefix { $0 != "--" }
    for (argument, next) in zip(arguments, arguments.dropFirst().map(Optional.some) + [nil]) {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let name = parts.first, names.contains(name), let value = parts.count > 1 ? parts[1] : next,
        PathText.isPlain(value)
      else { continue }
      options.append((name, value))
    }
    // A command about one ledger takes no several.
    if options.count(where: { $0.name == "--ledger" }) > 1 { options.removeAll { $0.name == "--ledger" } }
  }

  /// The stream to which each proposed command goes with these files.
  func added(to output: Output) -> Output {
    guard !options.isEmpty else { return output }
    return Output(isTerminal: output.isTerminal, width: output.width) { bytes in
      output.write(added(to: String(decoding: bytes, as: UTF8.self)))
    }
  }

  /// The text with the files named in each of its commands: `ccr-audit …` between backticks.
  func added(to text: String) -> String {
    text.replacing(#/`ccr-audit ([a-z][^`\n]*)`/#) { match in
      let words = match.1.split(separator: " ")
      let missing = options.filter { option in !words.contains { $0.hasPrefix(option.name) } }
        .map { " \($0.name) \(Display.argument($0.value))" }.joined()
      // Behind two dashes, nothing is an option.
      guard let end = match.1.firstRange(of: " -- ") else { return "`ccr-audit \(match.1)\(missing)`" }
      return "`ccr-audit \(match.1[..<end.lowerBound])\(missing)\(match.1[end.lowerBound...])`"
    }
  }
}
