import Foundation
import PackagePlugin

/// Puts files of the repository's root into the program while it is built, so that no copy of them has to be kept in
/// step by hand: pricing/ as a catalogue, systemd/ and launchd/ as texts.
@main struct Embed: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let root = context.package.directoryURL
    let tool = try context.tool(named: "embed-files").url
    func command(_ kind: String, _ folders: [String], suffixes: Set<String>, into name: String) throws -> Command {
      let files = try folders.flatMap { try Self.files(under: root.appending(path: $0), suffixes: suffixes) }
      let output = context.pluginWorkDirectoryURL.appending(path: name)
      return .buildCommand(
        displayName: "Embedding \(folders.joined(separator: ", "))", executable: tool,
        arguments: [kind, output.path, root.path] + folders, inputFiles: files, outputFiles: [output])
    }
    switch target.name {
    case "BuiltInPrices":
      return [try command("catalogue", ["pricing"], suffixes: ["yaml"], into: "BuiltInCatalogue.swift")]
    default:
      return [
        try command(
          "texts", ["launchd", "systemd/system", "systemd/user"], suffixes: ["plist", "service", "timer"],
          into: "UnitTemplates.swift")
      ]
    }
  }

  private static func files(under folder: URL, suffixes: Set<String>) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { suffixes.contains($0.pathExtension) }
      .sorted { $0.path < $1.path }
  }
}
