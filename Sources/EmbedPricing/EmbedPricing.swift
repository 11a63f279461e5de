import Foundation
import PackagePlugin

/// Reads pricing/ while the program is built, so that no copy of it has to be kept in step by hand.
@main struct EmbedPricing: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let folder = context.package.directoryURL.appending(path: "pricing")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "yaml" }
      .sorted { $0.path < $1.path }
    let output = context.pluginWorkDirectoryURL.appending(path: "BuiltInCatalogue.swift")
    return [
      .buildCommand(
        displayName: "Reading pricing/", executable: try context.tool(named: "embed-pricing").url,
        arguments: [folder.path, output.path], inputFiles: files, outputFiles: [output])
    ]
  }
}
