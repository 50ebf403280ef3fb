# The parser's WebAssembly comes from npm, pinned by the lock file. The Postgres servers and test clients of that file stay out of the image.
FROM node:22-bookworm-slim AS packages
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
COPY --from=packages /source/node_modules node_modules
RUN CI=true dotnet publish src/Lockplane -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build /app /app
# Signing key and the parser's compiled module: kept between containers, closed to others.
RUN install -d -o "$APP_UID" -g "$APP_UID" -m 700 /var/lib/lockplane
VOLUME /var/lib/lockplane
USER $APP_UID
EXPOSE 6432 6433
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD bash -c 'exec 3<>/dev/tcp/127.0.0.1/6433 && printf "GET /readyz HTTP/1.0\r\n\r\n" >&3 && head -1 <&3 | grep -q " 200 "'
ENTRYPOINT ["dotnet", "/app/lockplane.dll"]
CMD ["serve", "--config", "/etc/lockplane/lockplane.toml"]
